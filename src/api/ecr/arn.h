#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "iam/account_id.h"

namespace gantry::api::ecr {

// "arn:aws:ecr:us-east-1:000000000000:repository/app/web"
struct RepositoryArn {
  iam::AccountId account;
  std::string name;
};

// invalid_argument/parameter_invalid with ECR's sentence. Partition and region are not looked at:
// an installation is one region.
Result<RepositoryArn> ParseRepositoryArn(std::string_view text);

std::string ArnOf(std::string_view region, const iam::AccountId& account, std::string_view name);

}  // namespace gantry::api::ecr
