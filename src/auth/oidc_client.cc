#include "auth/oidc_client.h"

#include <fstream>
#include <utility>

#include "auth/jwt.h"
#include "auth/trust.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::auth {
namespace {

constexpr json::Limits kLimits{256 * 1024, 8, 10'000};
constexpr size_t kSubjectBytesMax = 512;
constexpr size_t kGroupsMax = 1000;

Error Invalid(const std::string& why) {
  return Error(Code::kUnauthenticated, "token_invalid", "the provider's ID token " + why);
}

Error NoAnswer(const std::string& why) {
  return Unavailable("issuer_unreachable", "the provider's answer " + why);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string Encoded(std::initializer_list<std::pair<const char*, std::string>> parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    text += (text.empty() ? "" : "&") + std::string(name) + "=" + PercentEncode(value);
  }
  return text;
}

bool IsTrue(json::Value value) {
  return value && (value.Bool() == true || value.String() == "true");
}

std::vector<std::string> Texts(json::Value value) {
  std::vector<std::string> texts;
  if (const auto one = value.String()) texts.emplace_back(*one);
  for (const json::Value item : value.Items()) {
    const auto text = item.String();
    if (text && texts.size() < kGroupsMax) texts.emplace_back(*text);
  }
  return texts;
}

}  // namespace

Result<std::string> OidcClient::LoginUrl(const OidcSecrets& secrets,
                                         const std::string& redirect_url) {
  TRY_ASSIGN(const IssuerDocument document, issuers_.Discover(provider_.issuer));
  const std::string& url = document.authorization_url;
  if (!issuers_.IsFit(url)) return NoAnswer("names no https address to log in at");
  const char* separator = url.find('?') == std::string::npos ? "?" : "&";
  return url + separator +
         Encoded({{"response_type", "code"},
                  {"client_id", provider_.client_id},
                  {"redirect_uri", redirect_url},
                  {"scope", Joined(provider_.scopes)},
                  {"state", secrets.state},
                  {"nonce", secrets.nonce},
                  {"code_challenge", Base64UrlEncode(crypto::Sha256(secrets.verifier))},
                  {"code_challenge_method", "S256"}});
}

Result<OidcPerson> OidcClient::Redeem(const OidcSecrets& secrets, const std::string& redirect_url,
                                      const std::string& code) {
  TRY_ASSIGN(const IssuerDocument document, issuers_.Discover(provider_.issuer));
  TRY_ASSIGN(const Tokens tokens, Exchange(document, secrets, redirect_url, code));
  TRY_ASSIGN(const UnverifiedJwt jwt, ParseJwt(tokens.id_token));
  TRY_ASSIGN(const auto keys, issuers_.Keys(provider_.issuer, document.keys_url, jwt.key_id));
  TRY(VerifyJwt(jwt, *keys, {provider_.issuer, {provider_.client_id}, clock_.Now()}));
  const json::Value claims = jwt.claims.root();
  if (!crypto::ConstantTimeEquals(TextClaim(claims, "nonce"), secrets.nonce)) {
    return Invalid("is of another login: its nonce differs");
  }
  // OpenID Connect Core 1.0, 3.1.3.7, 5.
  if (claims.Find("azp") && TextClaim(claims, "azp") != provider_.client_id) {
    return Error(Code::kUnauthenticated, "token_foreign",
                 "the provider's ID token was made for another client");
  }
  OidcPerson person;
  person.subject = TextClaim(claims, "sub");
  if (person.subject.empty() || person.subject.size() > kSubjectBytesMax) {
    return Invalid("names no subject of 1 to 512 characters");
  }
  if (!Take(claims, person) || document.userinfo_url.empty() || tokens.access_token.empty()) {
    return person;
  }
  httpc::Request request;
  request.url = document.userinfo_url;
  request.headers = {{"Authorization", "Bearer " + tokens.access_token},
                     {"Accept", "application/json"}};
  TRY_ASSIGN(const httpc::Response response, issuers_.Send(std::move(request)));
  const auto info = json::Document::Parse(response.body, kLimits);
  // 5.3.2: else it may be about somebody else.
  if (!info.ok() || TextClaim(info->root(), "sub") != person.subject) {
    return NoAnswer("about the user is no JSON, or about another one");
  }
  Take(info->root(), person);
  return person;
}

Result<OidcClient::Tokens> OidcClient::Exchange(const IssuerDocument& document,
                                                const OidcSecrets& secrets,
                                                const std::string& redirect_url,
                                                const std::string& code) {
  TRY_ASSIGN(const std::string secret, Secret());
  const bool in_form = secret.empty() || document.secret_in_form;
  httpc::Request request;
  request.method = "POST";
  request.url = document.token_url;
  request.headers = {{"Accept", "application/json"},
                     {"Content-Type", "application/x-www-form-urlencoded"}};
  // RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
  if (!in_form) {
    request.headers.emplace_back(
        "Authorization",
        "Basic " + Base64Encode(PercentEncode(provider_.client_id) + ":" + PercentEncode(secret)));
  }
  request.body = Encoded({{"grant_type", "authorization_code"},
                          {"code", code},
                          {"redirect_uri", redirect_url},
                          {"code_verifier", secrets.verifier},
                          {"client_id", in_form ? provider_.client_id : ""},
                          {"client_secret", in_form ? secret : ""}});
  TRY_ASSIGN(const httpc::Response response, issuers_.Send(std::move(request)));
  const auto answer = json::Document::Parse(response.body, kLimits);
  if (!answer.ok()) return NoAnswer("to the code is no JSON");
  Tokens tokens{std::string(TextClaim(answer->root(), "id_token")),
                std::string(TextClaim(answer->root(), "access_token"))};
  if (tokens.id_token.empty()) return NoAnswer("to the code has no ID token");
  return tokens;
}

bool OidcClient::Take(json::Value claims, OidcPerson& person) const {
  if (person.email.empty() && IsTrue(claims.Find("email_verified"))) {
    person.email = TextClaim(claims, "email");
  }
  if (person.name.empty()) {
    // An address that anybody can write into his profile names nobody.
    person.name = provider_.username_claim == "email"
                      ? person.email
                      : ClaimText(claims, provider_.username_claim).value_or("");
  }
  bool has_groups = true;
  if (!provider_.groups_claim.empty()) {
    const json::Value groups = FindClaim(claims, provider_.groups_claim);
    has_groups = static_cast<bool>(groups);
    if (!person.groups) person.groups.emplace();
    if (groups) *person.groups = Texts(groups);
  }
  return person.name.empty() || !has_groups;
}

Result<std::string> OidcClient::Secret() const {
  if (provider_.client_secret_file.empty()) return provider_.client_secret;
  std::ifstream file(provider_.client_secret_file);
  std::string line;
  if (!std::getline(file, line) || line.empty()) {
    return Error(Code::kFailedPrecondition, "client_secret_missing",
                 "the file " + provider_.client_secret_file + " with the secret of the provider " +
                     provider_.name + " cannot be read");
  }
  return line;
}

}  // namespace gantry::auth
