#include "auth/oidc_logins.h"

#include <algorithm>
#include <utility>

#include "auth/jwt.h"
#include "auth/principals.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::auth {
namespace {

constexpr std::string_view kFlightPlace = "oidc_login";
constexpr std::string_view kCodePlace = "oidc_code";
constexpr size_t kStateBytes = 16;
constexpr size_t kSecretBytes = 32;
constexpr size_t kSealedBytesMax = 4096;
constexpr size_t kProgramTextMax = 128;
constexpr int kPortMax = 65'535;

// What a cookie holds.
struct Flight {
  std::string provider;
  std::string redirect_url;
  OidcSecrets secrets;
  std::optional<WaitingProgram> program;
  Time expires_at;
};

std::string Write(const Flight& flight) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("provider").String(flight.provider).Key("redirect").String(flight.redirect_url);
  writer.Key("state").String(flight.secrets.state).Key("nonce").String(flight.secrets.nonce);
  writer.Key("verifier").String(flight.secrets.verifier);
  if (flight.program) {
    writer.Key("port").Int(flight.program->port);
    writer.Key("programState").String(flight.program->state);
    writer.Key("challenge").String(flight.program->challenge);
  }
  writer.Key("expires").Int(flight.expires_at.micros).EndObject();
  return text;
}

int64_t NumberOf(json::Value value) { return value ? value.Int().value_or(0) : 0; }

// Of what was sealed here: it has what Write wrote.
Flight ReadFlight(json::Value value) {
  Flight flight;
  flight.provider = TextClaim(value, "provider");
  flight.redirect_url = TextClaim(value, "redirect");
  flight.secrets.state = TextClaim(value, "state");
  flight.secrets.nonce = TextClaim(value, "nonce");
  flight.secrets.verifier = TextClaim(value, "verifier");
  flight.expires_at = Time{NumberOf(value.Find("expires"))};
  if (value.Find("port")) {
    flight.program = WaitingProgram{static_cast<int>(NumberOf(value.Find("port"))),
                                    std::string(TextClaim(value, "programState")),
                                    std::string(TextClaim(value, "challenge"))};
  }
  return flight;
}

// Of base64url as it travels; nullopt: not sealed here for that place.
std::optional<json::Document> Open(const InstallationKey& key, std::string_view place,
                                   std::string_view sealed) {
  if (sealed.size() > kSealedBytesMax) return std::nullopt;
  const auto bytes = Base64UrlDecode(sealed);
  if (!bytes) return std::nullopt;
  const auto text = key.Unseal(place, *bytes);
  if (!text.ok()) return std::nullopt;
  auto document = json::Document::Parse(*text);
  if (!document.ok()) return std::nullopt;
  return std::move(*document);
}

bool IsProgramText(std::string_view text) {
  return !text.empty() && text.size() <= kProgramTextMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

Error LoginUnknown() {
  return Error(Code::kUnauthenticated, "login_unknown",
               "this login was not begun in this browser, or has ended, or began more than ten "
               "minutes ago; begin again");
}

Error CodeInvalid() {
  return Error(Code::kUnauthenticated, "code_invalid",
               "the code was not made here, or was used already, or is more than a minute old");
}

}  // namespace

OidcLogins::OidcLogins(std::vector<OidcProvider> providers, AccessVersions& access,
                       const InstallationKey& installation_key, httpc::Client& client,
                       const Clock& clock, bool allow_http)
    : access_(access),
      installation_key_(installation_key),
      clock_(clock),
      issuers_(client, clock, allow_http) {
  for (const OidcProvider& provider : providers) {
    names_.push_back(provider.name);
    providers_[provider.name] = std::make_unique<Provider>(
        Provider{OidcClient(provider, issuers_, clock_), OidcPeople(provider, access_, clock_)});
  }
}

Result<OidcLogins::Provider*> OidcLogins::Find(const std::string& name) {
  const auto found = providers_.find(name);
  if (found != providers_.end()) return found->second.get();
  return NotFound("provider_unknown", "nobody logs in by a provider of that name here");
}

Result<OidcBegin> OidcLogins::Begin(const std::string& name, const std::string& redirect_url,
                                    const std::optional<WaitingProgram>& program) {
  TRY_ASSIGN(Provider* const provider, Find(name));
  if (program && (program->port < 1 || program->port > kPortMax || !IsProgramText(program->state) ||
                  !IsProgramText(program->challenge))) {
    return InvalidArgument("program_invalid",
                           "the program that waits is named by a port, a state and a challenge");
  }
  Flight flight;
  flight.provider = name;
  flight.redirect_url = redirect_url;
  flight.secrets = {crypto::RandomHex(kStateBytes), crypto::RandomHex(kStateBytes),
                    Base64UrlEncode(crypto::RandomBytes(kSecretBytes))};
  flight.program = program;
  flight.expires_at = clock_.Now() + kFlightMax;
  TRY_ASSIGN(std::string url, provider->client.LoginUrl(flight.secrets, redirect_url));
  return OidcBegin{std::move(url), flight.secrets.state,
                   Base64UrlEncode(installation_key_.Seal(kFlightPlace, Write(flight)))};
}

Result<OidcEnd> OidcLogins::End(const std::string& name, std::string_view cookie,
                                const OidcAnswer& answer) {
  TRY_ASSIGN(Provider* const provider, Find(name));
  const auto opened = Open(installation_key_, kFlightPlace, cookie);
  if (!opened) return LoginUnknown();
  const Flight flight = ReadFlight(opened->root());
  const Time now = clock_.Now();
  if (flight.provider != name || now >= flight.expires_at ||
      !crypto::ConstantTimeEquals(flight.secrets.state, answer.state) ||
      !UseOnce(flight.secrets.state, flight.expires_at)) {
    return LoginUnknown();
  }
  // RFC 9207, 2.4: the answer of another provider is none.
  const OidcProvider& options = provider->client.provider();
  if (!answer.issuer.empty() && answer.issuer != options.issuer) return LoginUnknown();
  if (!answer.error.empty() || answer.code.empty()) {
    return Error(Code::kPermissionDenied, "login_refused",
                 "the provider did not log you in: " + answer.error.substr(0, 200));
  }
  TRY_ASSIGN(const OidcPerson person,
             provider->client.Redeem(flight.secrets, flight.redirect_url, answer.code));
  TRY_ASSIGN(const std::string user, provider->people.Keep(person));
  // Not before the user was made: older sessions of that name are over.
  TRY_ASSIGN(SessionPtr session, SessionOf(options.account, user, name, clock_.Now()));
  return OidcEnd{std::move(session), flight.program};
}

Result<SessionPtr> OidcLogins::SessionOf(const iam::AccountId& account, const std::string& user,
                                         const std::string& provider, Time started_at) {
  std::optional<CurrentPrincipal> current;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(current,
               FindCurrent(tx, {account, iam::PrincipalKind::kUser, user, {}, {}}, clock_.Now()));
    return Ok();
  }));
  if (!current) {
    return Error(Code::kPermissionDenied, "user_disabled",
                 "the user " + user + " may not log in at the moment");
  }
  return Share({.principal = std::move(current->principal),
                .credential_id = "oidc/" + provider,
                .started_at = started_at,
                .expires_at = started_at + kLoginLifetime});
}

std::string OidcLogins::MakeCode(const Session& session, const WaitingProgram& program) const {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("id").String(crypto::RandomHex(kStateBytes));
  writer.Key("account").String(session.principal.account.text());
  writer.Key("user").String(session.principal.name);
  writer.Key("provider").String(session.credential_id.substr(sizeof("oidc/") - 1));
  writer.Key("challenge").String(program.challenge);
  writer.Key("started").Int(session.started_at.micros);
  writer.Key("expires").Int((clock_.Now() + kCodeLifetime).micros);
  writer.EndObject();
  return Base64UrlEncode(installation_key_.Seal(kCodePlace, text));
}

Result<SessionPtr> OidcLogins::RedeemCode(const std::string& code, const std::string& verifier) {
  const auto opened = Open(installation_key_, kCodePlace, code);
  if (!opened) return CodeInvalid();
  const json::Value root = opened->root();
  const Time expires_at{NumberOf(root.Find("expires"))};
  if (clock_.Now() >= expires_at ||
      !crypto::ConstantTimeEquals(TextClaim(root, "challenge"),
                                  Base64UrlEncode(crypto::Sha256(verifier))) ||
      !UseOnce(std::string(TextClaim(root, "id")), expires_at)) {
    return CodeInvalid();
  }
  const auto account = iam::AccountId::Parse(std::string(TextClaim(root, "account")));
  if (!account.ok()) return CodeInvalid();
  return SessionOf(*account, std::string(TextClaim(root, "user")),
                   std::string(TextClaim(root, "provider")), Time{NumberOf(root.Find("started"))});
}

bool OidcLogins::UseOnce(const std::string& id, Time forget_at) {
  const Time now = clock_.Now();
  MutexLock lock(mutex_);
  std::erase_if(used_, [&](const auto& entry) { return entry.second <= now; });
  return used_.emplace(id, forget_at).second;
}

}  // namespace gantry::auth
