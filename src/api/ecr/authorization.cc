#include "api/ecr/authorization.h"

#include <utility>

#include "base/encoding.h"

namespace gantry::api::ecr {
namespace {

constexpr size_t kRegistryIdsMax = 10;

// How many entries the answer has: one for each registry that was asked for.
Result<size_t> CountOf(json::Value input) {
  const json::Value ids = input.Find("registryIds");
  if (!ids || ids.IsNull()) return size_t{1};
  if (!ids.IsArray() || ids.size() == 0 || ids.size() > kRegistryIdsMax) {
    return InvalidArgument("parameter_invalid",
                           "Invalid parameter at 'registryIds' failed to satisfy constraint: "
                           "'Member must have length between 1 and 10, inclusive'");
  }
  for (const json::Value id : ids.Items()) {
    if (iam::AccountId::Parse(id.String().value_or("")).ok()) continue;
    return InvalidArgument("parameter_invalid",
                           "Invalid parameter at 'registryIds' failed to satisfy constraint: "
                           "'must satisfy regular expression '[0-9]{12}''");
  }
  return ids.size();
}

Result<void> Run(auth::TokenService& tokens, const std::string& public_url, const Call& call,
                 json::Writer& writer) {
  TRY_ASSIGN(const size_t count, CountOf(call.input));
  TRY_ASSIGN(const auth::IssuedToken token,
             tokens.Issue({&call.caller, std::nullopt, auth::kTokenLifetimeMax}));
  const std::string url =
      public_url.empty() ? call.request.scheme + "://" + call.request.authority : public_url;
  writer.Key("authorizationData").BeginArray();
  for (size_t i = 0; i < count; ++i) {
    writer.BeginObject();
    writer.Key("authorizationToken").String(Base64Encode("AWS:" + token.token));
    // A number: clients in JavaScript and Go refuse texts.
    writer.Key("expiresAt").Int(token.expires_at.micros / 1'000'000);
    writer.Key("proxyEndpoint").String(url);
    writer.EndObject();
  }
  writer.EndArray();
  return Ok();
}

}  // namespace

Operation GetAuthorizationToken(auth::TokenService& tokens, std::string public_url) {
  return {"GetAuthorizationToken", iam::Action::kTokenIssue,
          [&tokens, url = std::move(public_url)](const Call& call, json::Writer& writer) {
            return Run(tokens, url, call, writer);
          }};
}

}  // namespace gantry::api::ecr
