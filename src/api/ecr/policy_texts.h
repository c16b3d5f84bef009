#pragma once

#include <string_view>

#include "api/ecr/call.h"
#include "base/result.h"
#include "iam/policy_document.h"
#include "iam/resource.h"

namespace gantry::api::ecr {

// A policy that the call wants to set at `scope`, an account or a repository. Errors:
// iam::PolicyDocument::Parse's; permission_denied/role_not_allowed when it gives what the caller
// does not have there.
Result<iam::PolicyDocument> CheckPolicy(const Call& call, std::string_view text,
                                        const iam::Resource& scope);

}  // namespace gantry::api::ecr
