#include "auth/token_claims.h"

#include "auth/jwt.h"
#include "json/writer.h"

namespace gantry::auth {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

int64_t SecondsOf(Time time) { return time.micros / kMicrosPerSecond; }

Error Unreadable(std::string_view claim) {
  return Error(Code::kUnauthenticated, "token_invalid",
               "the token is not valid: its \"" + std::string(claim) + "\" cannot be read");
}

void WriteScopes(const std::vector<Scope>& scopes, const iam::AccountId& home,
                 json::Writer& writer) {
  writer.BeginArray();
  for (const Scope& scope : scopes) {
    writer.BeginObject().Key("type").String(scope.type).Key("name").String(scope.name);
    writer.Key("actions").BeginArray();
    for (const std::string& action : scope.actions) writer.String(action);
    writer.EndArray();
    // Of the principal's own account, as everywhere where no account is named.
    if (scope.account != home) writer.Key("account").String(scope.account.text());
    writer.EndObject();
  }
  writer.EndArray();
}

Result<Scope> ReadScope(json::Value entry, const iam::AccountId& home) {
  Scope scope{
      home, std::string(TextClaim(entry, "type")), std::string(TextClaim(entry, "name")), {}};
  const std::string_view account = TextClaim(entry, "account");
  if (!account.empty()) {
    TRY_ASSIGN(scope.account, iam::AccountId::Parse(account));
  }
  for (const json::Value action : entry.Find("actions").Items()) {
    scope.actions.emplace_back(action.String().value_or(""));
  }
  return scope;
}

Result<std::vector<Scope>> ReadScopes(json::Value access, const iam::AccountId& home) {
  if (!access.IsArray() || access.size() > kScopesMax) return Unreadable("access");
  std::vector<Scope> scopes;
  for (const json::Value entry : access.Items()) {
    if (!entry.IsObject() || !entry.Find("actions")) return Unreadable("access");
    auto scope = ReadScope(entry, home);
    if (!scope.ok()) return Unreadable("access");
    scopes.push_back(std::move(*scope));
  }
  return scopes;
}

// Whom a token is for. That anonymous clients get tokens, too, is how they pull what is public.
std::optional<iam::Principal> SubjectOf(const iam::AccountId& account, std::string_view text) {
  const iam::Principal nobody{account};
  if (text == nobody.Text()) return nobody;
  return ParsePrincipal(account, text);
}

void ReadPrincipalDetails(json::Value claims, iam::Principal& principal) {
  if (const json::Value groups = claims.Find("groups")) {
    for (const json::Value group : groups.Items()) {
      principal.groups.emplace_back(group.String().value_or(""));
    }
    iam::SortGroups(principal.groups);
  }
  if (const json::Value attributes = claims.Find("attributes")) {
    for (const auto [key, value] : attributes.Members()) {
      principal.attributes.emplace(key, value.String().value_or(""));
    }
  }
}

}  // namespace

std::optional<iam::Principal> ParsePrincipal(const iam::AccountId& account, std::string_view text) {
  using enum iam::PrincipalKind;
  for (const iam::PrincipalKind kind : {kUser, kRobot, kWorkload, kNode}) {
    const std::string_view name = PrincipalKindName(kind);
    if (text.size() > name.size() + 1 && text.starts_with(name) && text[name.size()] == ':') {
      return iam::Principal{account, kind, std::string(text.substr(name.size() + 1)), {}, {}};
    }
  }
  return std::nullopt;
}

std::string WriteClaims(const TokenClaims& claims) {
  const iam::Principal& principal = claims.principal;
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("iss").String(claims.issuer).Key("aud").String(claims.service);
  writer.Key("sub").String(principal.Text()).Key("account").String(principal.account.text());
  writer.Key("jti").String(claims.id).Key("credential").String(claims.credential_id);
  writer.Key("iat").Int(SecondsOf(claims.issued_at)).Key("nbf").Int(SecondsOf(claims.issued_at));
  writer.Key("exp").Int(SecondsOf(claims.expires_at));
  // In microseconds: a session that begins in the second in which others are ended is not ended.
  writer.Key("session").Int(claims.session_started.micros);
  if (claims.scopes) {
    writer.Key("access");
    WriteScopes(*claims.scopes, principal.account, writer);
  }
  if (claims.project) writer.Key("project").String(*claims.project);
  if (!principal.groups.empty()) {
    writer.Key("groups").BeginArray();
    for (const std::string& group : principal.groups) writer.String(group);
    writer.EndArray();
  }
  if (!principal.attributes.empty()) {
    writer.Key("attributes").BeginObject();
    for (const auto& [key, value] : principal.attributes) writer.Key(key).String(value);
    writer.EndObject();
  }
  writer.EndObject();
  return text;
}

Result<TokenClaims> ReadClaims(json::Value claims) {
  TokenClaims read;
  read.issuer = TextClaim(claims, "iss");
  read.service = TextClaim(claims, "aud");
  read.id = TextClaim(claims, "jti");
  read.credential_id = TextClaim(claims, "credential");
  const auto account = iam::AccountId::Parse(TextClaim(claims, "account"));
  if (!account.ok()) return Unreadable("account");
  auto principal = SubjectOf(*account, TextClaim(claims, "sub"));
  if (!principal) return Unreadable("sub");
  read.principal = std::move(*principal);
  ReadPrincipalDetails(claims, read.principal);
  const auto issued_at = TimeClaim(claims, "iat");
  const auto expires_at = TimeClaim(claims, "exp");
  const json::Value session = claims.Find("session");
  const auto started = session ? session.Int() : std::nullopt;
  if (read.id.empty() || !issued_at || !expires_at || !started) return Unreadable("jti");
  read.issued_at = *issued_at;
  read.expires_at = *expires_at;
  read.session_started = Time{*started};
  if (const json::Value access = claims.Find("access")) {
    TRY_ASSIGN(read.scopes, ReadScopes(access, *account));
  }
  if (const json::Value project = claims.Find("project")) {
    read.project = std::string(project.String().value_or(""));
  }
  return read;
}

}  // namespace gantry::auth
