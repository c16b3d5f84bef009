#include "auth/federation.h"

#include <algorithm>
#include <optional>

#include "auth/jwt.h"
#include "auth/trust.h"

namespace gantry::auth {
namespace {

constexpr Duration kKeepKeys = Hours(1);
constexpr Duration kFetchAgainAfter = Seconds(60);
constexpr int64_t kDocumentBytesMax = 256 * 1024;
constexpr size_t kSubjectBytesMax = 512;
constexpr size_t kIssuersMax = 1000;  // whose keys are kept

Error Foreign() {
  return Error(Code::kUnauthenticated, "token_foreign",
               "no trust of this account accepts the token's issuer and audience");
}

Error Unreachable(const std::string& why) {
  return Unavailable("issuer_unreachable", "the keys of the token's issuer cannot be had: " + why);
}

std::string SourceOf(const meta::Trust& trust) { return trust.issuer + "\n" + trust.jwks_url; }

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
  const Time now = clock_.Now();
  const std::string source = SourceOf(trust);
  const auto is_fresh = [&](const Fetched& fetched) {
    return fetched.keys != nullptr && now - fetched.keys_at < kKeepKeys;
  };
  {
    MutexLock lock(mutex_);
    if (fetched_.count(source) == 0 && fetched_.size() >= kIssuersMax) fetched_.clear();
    while (fetched_[source].fetching) fetch_ended_.Wait(mutex_);
    Fetched& fetched = fetched_[source];
    if (is_fresh(fetched) && fetched.keys->Find(key_id) != nullptr) return fetched.keys;
    if (now - fetched.fetched_at < kFetchAgainAfter) {
      if (is_fresh(fetched)) return fetched.keys;
      return Unreachable("they could not be fetched less than a minute ago");
    }
    fetched.fetched_at = now;
    fetched.fetching = true;  // others that come meanwhile wait
  }
  auto keys = Fetch(trust);
  MutexLock lock(mutex_);
  Fetched& fetched = fetched_[source];
  fetched.fetching = false;
  fetch_ended_.SignalAll();
  if (keys.ok()) {
    fetched.keys = *keys;
    fetched.keys_at = now;
  }
  if (is_fresh(fetched)) return fetched.keys;
  return std::move(keys).error();
}

Result<std::shared_ptr<const KeySet>> Federation::Fetch(const meta::Trust& trust) {
  std::string url = trust.jwks_url;
  if (url.empty()) {
    std::string base = trust.issuer;
    while (base.ends_with('/')) base.pop_back();
    TRY_ASSIGN(const std::string text, Get(base + "/.well-known/openid-configuration"));
    const auto document = json::Document::Parse(text, {kDocumentBytesMax, 8, 10'000});
    // OpenID Connect Discovery 1.0, 4.3: the document must be the issuer's own.
    if (!document.ok() || TextClaim(document->root(), "issuer") != trust.issuer) {
      return Unreachable("its discovery document is not its own");
    }
    url = TextClaim(document->root(), "jwks_uri");
    if (url.empty()) return Unreachable("its discovery document names no jwks_uri");
  }
  TRY_ASSIGN(const std::string text, Get(url));
  auto keys = KeySet::Parse(text);
  if (!keys.ok()) return Unreachable(keys.error().message());
  return std::make_shared<const KeySet>(std::move(*keys));
}

Result<std::string> Federation::Get(const std::string& url) {
  if (!url.starts_with("https://") && !allow_http_) {
    return Unreachable("\"" + url + "\" is not https");
  }
  httpc::Request request;
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  request.body_bytes_max = kDocumentBytesMax;
  request.connect_timeout = Seconds(5);
  request.deadline = Seconds(10);
  auto response = client_.Send(request);
  if (!response.ok()) return Unreachable(response.error().message());
  if (response->status != 200) {
    return Unreachable(url + " answers " + std::to_string(response->status));
  }
  return std::move(response->body);
}

}  // namespace gantry::auth
