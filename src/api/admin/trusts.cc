#include "meta/trusts.h"

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "auth/jwks.h"
#include "auth/trust.h"

namespace gantry::api::admin {
namespace {

constexpr int64_t kLifetimeSecondsMin = 60;
constexpr int64_t kLifetimeSecondsMax = 12 * 3600;
constexpr int64_t kLifetimeSecondsDefault = 3600;

void WriteRaw(json::Writer& writer, std::string_view key, const std::string& text) {
  writer.Key(key);
  if (text.empty()) {
    writer.Null();
  } else {
    writer.Raw(text);
  }
}

void WriteTrust(json::Writer& writer, const meta::Trust& trust) {
  writer.BeginObject();
  writer.Key("name").String(trust.name).Key("issuer").String(trust.issuer);
  WriteRaw(writer, "audiences", trust.audiences);
  writer.Key("jwksUrl").String(trust.jwks_url);
  WriteRaw(writer, "jwks", trust.jwks);
  WriteRaw(writer, "conditions", trust.conditions);
  WriteRaw(writer, "attributes", trust.attributes);
  writer.Key("lifetimeSecondsMax").Int(trust.lifetime_max.micros / Seconds(1).micros);
  writer.Key("disabled").Bool(trust.disabled);
  WriteTime(writer, "created", trust.created_at);
  writer.EndObject();
}

Error TrustUnknown(const std::string& name) {
  return NotFound("trust_unknown", "there is no trust \"" + name.substr(0, 64) +
                                       "\" in this account; GET /trusts lists those there are");
}

Result<meta::Trust> Find(db::Tx& tx, const iam::AccountId& account, const std::string& name) {
  TRY_ASSIGN(auto trust, meta::FindTrust(tx, account, name));
  if (!trust) return TrustUnknown(name);
  return *std::move(trust);
}

Result<http::Response> ListAll(const Call& call) {
  std::vector<meta::Trust> trusts;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(trusts, meta::ListTrusts(tx, call.account));
    return Ok();
  }));
  return ListAnswer("trusts", trusts, WriteTrust);
}

Result<http::Response> Show(const Call& call) {
  std::vector<meta::Trust> trusts;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(meta::Trust trust, Find(tx, call.account, call.Parameter("trust")));
    trusts = {std::move(trust)};
    return Ok();
  }));
  return ItemAnswer(trusts.front(), WriteTrust);
}

bool IsUrl(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

Result<meta::Trust> ReadTrust(const Call& call, const std::string& name) {
  TRY_ASSIGN(const Body body,
             Body::Read(call.request, {"issuer", "audiences", "jwksUrl", "jwks", "conditions",
                                       "attributes", "lifetimeSecondsMax", "disabled"}));
  meta::Trust trust;
  trust.name = name;
  TRY_ASSIGN(trust.issuer, body.Text("issuer"));
  TRY_ASSIGN(const auto jwks_url, body.OptionalText("jwksUrl"));
  TRY_ASSIGN(const auto lifetime, body.OptionalInt("lifetimeSecondsMax"));
  TRY_ASSIGN(const auto disabled, body.OptionalBool("disabled"));
  trust.audiences = body.Raw("audiences", "[]");
  trust.jwks_url = jwks_url.value_or("");
  trust.jwks = body.Raw("jwks", "");
  trust.conditions = body.Raw("conditions", "[]");
  trust.attributes = body.Raw("attributes", "{}");
  const int64_t seconds = lifetime.value_or(kLifetimeSecondsDefault);
  trust.lifetime_max = Seconds(seconds);
  trust.disabled = disabled.value_or(false);
  trust.created_at = call.now();
  if (!IsUrl(trust.issuer)) {
    return InvalidArgument("issuer_invalid",
                           "\"issuer\" must be the URL that stands in the tokens as \"iss\"");
  }
  if (!trust.jwks_url.empty() && !IsUrl(trust.jwks_url)) {
    return InvalidArgument("jwks_url_invalid", "\"jwksUrl\" must be a URL");
  }
  if (seconds < kLifetimeSecondsMin || seconds > kLifetimeSecondsMax) {
    return InvalidArgument("lifetime_invalid", "\"lifetimeSecondsMax\" must be from 60 to 43200");
  }
  TRY(auth::ParseAudiences(trust.audiences));
  TRY(auth::ParseClaimConditions(trust.conditions));
  TRY(auth::ParseAttributeMapping(trust.attributes));
  if (!trust.jwks.empty()) TRY(auth::KeySet::Parse(trust.jwks));
  return trust;
}

Result<http::Response> Put(const Call& call) {
  const std::string name = call.Parameter("trust");
  TRY(CheckName(name, "trust"));
  TRY_ASSIGN(const meta::Trust trust, ReadTrust(call, name));
  // Whoever says which tokens are believed can be every workload of the trust.
  TRY(RequirePowersOfTrust(call, name));
  TRY(call.Write(
      [&](db::Tx& tx) -> Result<void> { return meta::PutTrust(tx, call.account, trust); }));
  return Show(call);
}

Result<http::Response> Delete(const Call& call) {
  const std::string name = call.Parameter("trust");
  TRY(RequirePowersOfTrust(call, name));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted, meta::DeleteTrust(tx, call.account, name));
    return deleted ? Ok() : Result<void>(TrustUnknown(name));
  }));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/trusts", "admin_trusts", "account:Read", ListAll},
    {http::Method::kGet, "/trusts/{trust}", "admin_trust", "account:Read", Show},
    {http::Method::kPut, "/trusts/{trust}", "admin_trust_put", "account:Admin", Put},
    {http::Method::kDelete, "/trusts/{trust}", "admin_trust_delete", "account:Admin", Delete},
};

}  // namespace

std::span<const Row> TrustRows() { return kRows; }

}  // namespace gantry::api::admin
