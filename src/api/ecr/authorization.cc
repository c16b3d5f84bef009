#include "api/ecr/families.h"
#include "api/ecr/shapes.h"
#include "base/encoding.h"

namespace gantry::api::ecr {
namespace {

// Base64 of "AWS:PASSWORD", where the password is a token of the caller that is good for 12 hours,
// or as long as the credentials that it was asked with; the place to log in at is the host that the
// client used. `registryIds` names other accounts; the token is the same for all.
Result<void> GetAuthorizationToken(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auth::IssuedToken token,
             call.services.tokens.Issue({&call.caller, std::nullopt, auth::kTokenLifetimeMax}));
  const json::Value ids = call.Find("registryIds");
  const size_t count = ids ? ids.size() : 1;
  writer.Key("authorizationData").BeginArray();
  for (size_t i = 0; i < count; ++i) {
    writer.BeginObject();
    writer.Key("authorizationToken").String(Base64Encode("AWS:" + token.token));
    WriteTime(writer, "expiresAt", token.expires_at);
    writer.Key("proxyEndpoint").String(call.request.scheme + "://" + call.request.authority);
    writer.EndObject();
  }
  writer.EndArray();
  return Ok();
}

constexpr Operation kOperations[] = {
    {"GetAuthorizationToken", iam::Action::kTokenIssue, Target::kAccount, Deed::Weight::kChange,
     GetAuthorizationToken},
};

}  // namespace

std::span<const Operation> AuthorizationOperations() { return kOperations; }

}  // namespace gantry::api::ecr
