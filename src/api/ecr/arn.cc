#include "api/ecr/arn.h"

#include <array>

#include "api/ecr/model.h"
#include "oci/reference.h"

namespace gantry::api::ecr {
namespace {

constexpr std::string_view kRepository = "repository/";

}  // namespace

Result<RepositoryArn> ParseRepositoryArn(std::string_view text) {
  const auto invalid = [] { return ParameterInvalid("resourceArn", "Invalid ARN"); };
  std::array<std::string_view, 5> parts;  // arn, partition, service, region, account
  std::string_view rest = text;
  for (std::string_view& part : parts) {
    const size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return invalid();
    part = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  const auto account = iam::AccountId::Parse(parts[4]);
  if (parts[0] != "arn" || parts[2] != "ecr" || !account.ok()) return invalid();
  if (!rest.starts_with(kRepository)) return invalid();
  const auto name = oci::RepositoryName::Parse(rest.substr(kRepository.size()));
  if (!name.ok()) return invalid();
  return RepositoryArn{*account, name->text()};
}

std::string ArnOf(std::string_view region, const iam::AccountId& account, std::string_view name) {
  return "arn:aws:ecr:" + std::string(region) + ":" + std::string(account.text()) + ":" +
         std::string(kRepository) + std::string(name);
}

}  // namespace gantry::api::ecr
