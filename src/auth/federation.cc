#include "auth/federation.h"

#include <algorithm>
#include <optional>

#include "auth/jwt.h"
#include "auth/trust.h"

namespace gantry::auth {
namespace {

constexpr size_t kSubjectBytesMax = 512;

Error Foreign() {
  return Error(Code::kUnauthenticated, "token_foreign",
               "no trust of this account accepts the token's issuer and audience");
}

// Whether text is fit for a principal's name.
bool IsSubject(std::string_view text) {
  return !text.empty() && text.size() <= kSubjectBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte > 0x20 && byte != 0x7f;
         });
}

// The principal that a checked token is under a trust.
Result<iam::Principal> PrincipalOf(const iam::AccountId& account, const meta::Trust& trust,
                                   json::Value claims) {
  TRY_ASSIGN(const auto mapping, ParseAttributeMapping(trust.attributes));
  const auto mapped = mapping.find("subject");
  const auto subject = ClaimText(claims, mapped == mapping.end() ? "sub" : mapped->second);
  if (!subject || !IsSubject(*subject)) {
    return Error(Code::kPermissionDenied, "claims_refused",
                 "the token names no subject of 1 to 512 characters without blanks");
  }
  iam::Principal principal{
      account, iam::PrincipalKind::kWorkload, trust.name + "/" + *subject, {}, {}};
  for (const auto& [attribute, claim] : mapping) {
    const auto text = ClaimText(claims, claim);
    if (text && attribute != "subject") principal.attributes.emplace(attribute, *text);
  }
  return principal;
}

}  // namespace

Result<SessionPtr> Federation::Exchange(const iam::AccountId& account, std::string_view trust_name,
                                        std::string_view token) {
  TRY_ASSIGN(const UnverifiedJwt jwt, ParseJwt(token));
  const std::string issuer(jwt.issuer());
  std::vector<meta::Trust> trusts;
  TRY(db_.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(trusts, meta::ListTrustsOfIssuer(tx, account, issuer));
    return Ok();
  }));
  std::erase_if(trusts, [&](const meta::Trust& trust) {
    return trust.disabled || (!trust_name.empty() && trust.name != trust_name);
  });
  // The first that accepts the token; the last one's reason when none does.
  Error refusal = Foreign();
  for (const meta::Trust& trust : trusts) {
    auto session = ExchangeUnder(account, trust, jwt);
    if (session.ok()) return session;
    refusal = std::move(session).error();
  }
  return refusal;
}

Result<SessionPtr> Federation::ExchangeUnder(const iam::AccountId& account,
                                             const meta::Trust& trust, const UnverifiedJwt& jwt) {
  const Time now = clock_.Now();
  TRY_ASSIGN(const auto audiences, ParseAudiences(trust.audiences));
  TRY_ASSIGN(const auto conditions, ParseClaimConditions(trust.conditions));
  TRY_ASSIGN(const auto keys, KeysOf(trust, jwt.key_id));
  TRY(VerifyJwt(jwt, *keys, {trust.issuer, audiences, now}));
  const json::Value claims = jwt.claims.root();
  TRY(CheckClaims(conditions, claims));
  TRY_ASSIGN(iam::Principal principal, PrincipalOf(account, trust, claims));
  return Share({.principal = std::move(principal),
                .credential_id = "trust/" + trust.name,
                .token_id = std::string(TextClaim(claims, "jti")),
                .started_at = now,
                .expires_at = now + trust.lifetime_max});
}

Result<std::shared_ptr<const KeySet>> Federation::KeysOf(const meta::Trust& trust,
                                                         std::string_view key_id) {
  if (!trust.jwks.empty()) {
    TRY_ASSIGN(KeySet keys, KeySet::Parse(trust.jwks));
    return std::make_shared<const KeySet>(std::move(keys));
  }
  return issuers_.Keys(trust.issuer, trust.jwks_url, key_id);
}

}  // namespace gantry::auth
