#include "api/testing/workload_fixture.h"

#include "auth/jwks.h"
#include "auth/jwt.h"
#include "auth/sigv4.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "db/migrate.h"
#include "json/writer.h"
#include "meta/accounts.h"
#include "meta/schema.h"

namespace gantry::api::testing {
namespace {

constexpr const char* kIssuer = "https://issuer.example.com";
constexpr const char* kHost = "registry.example.com";

template <typename T>
T Must(Result<T> result) {
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
  return std::move(result).value();
}
void Must(Result<void> result) {
  ASSERT_TRUE(result.ok()) << (result.ok() ? "" : result.error().ToString());
}

std::unique_ptr<db::Db> OpenDatabase(const std::string& folder) {
  db::SqliteOptions options;
  options.path = folder + "/test.db";
  auto database = Must(db::OpenSqlite(options));
  Must(db::Migrate(*database, meta::Migrations()));
  return database;
}

}  // namespace

WorkloadFixture::WorkloadFixture()
    : other_(Must(iam::AccountId::Parse("111111111111"))),
      db_(OpenDatabase(folder_.path())),
      versions_(*db_),
      signing_keys_(*db_, installation_key_, clock_),
      tokens_(versions_, signing_keys_, installation_key_, clock_,
              {"https://registry.example.com", "registry.example.com"}),
      identities_(versions_, installation_key_, passwords_, clock_),
      authenticator_(versions_, tokens_, installation_key_, passwords_, lockout_, clock_),
      federation_(*db_, network_, clock_),
      issuer_key_(crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256)) {
  Must(versions_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::InsertAccount(tx, {iam::AccountId::Default(), "default", clock_.Now()}));
    return meta::InsertAccount(tx, {other_, "other", clock_.Now()});
  }));
  Must(signing_keys_.Maintain());
  Put(iam::AccountId::Default(), Trust("ci"));
  Put(other_, Trust("away"));
}

std::string WorkloadFixture::TokenOf(const std::string& subject, const std::string& more,
                                     Duration lifetime) const {
  const int64_t now = clock_.Now().micros / 1'000'000;
  std::string claims;
  json::Writer writer(claims);
  writer.BeginObject();
  writer.Key("iss").String(kIssuer);
  writer.Key("aud").String("gantry");
  writer.Key("sub").String(subject);
  writer.Key("iat").Int(now);
  writer.Key("exp").Int(now + lifetime.micros / 1'000'000);
  writer.EndObject();
  if (!more.empty()) {
    claims.pop_back();
    claims += "," + more + "}";
  }
  return auth::SignJwt(issuer_key_, "k1", claims);
}

meta::Trust WorkloadFixture::Trust(const std::string& name) const {
  std::vector<auth::KeySetEntry> keys;
  keys.push_back({"k1", issuer_key_.Public()});
  meta::Trust trust;
  trust.name = name;
  trust.issuer = kIssuer;
  trust.audiences = R"(["gantry"])";
  trust.jwks = auth::KeySet(std::move(keys)).Json();
  trust.conditions = R"([{"claim":"sub","like":["repo:org/*"]}])";
  trust.attributes = "{}";
  trust.created_at = clock_.Now();
  return trust;
}

void WorkloadFixture::Put(const iam::AccountId& account, const meta::Trust& trust) {
  Must(versions_.Write([&](db::Tx& tx) { return meta::PutTrust(tx, account, trust); }));
}

std::unique_ptr<http::Request> WorkloadFixture::Post(const std::string& path,
                                                     const std::string& content_type,
                                                     const std::string& body) const {
  auto request = std::make_unique<http::Request>();
  request->method = http::Method::kPost;
  request->target = request->path = path;
  request->scheme = "https";
  request->authority = kHost;
  request->peer = "192.0.2.1";
  request->id = "0123456789abcdef0123456789abcdef";
  request->received = clock_.Now();
  request->body = body;
  request->AddHeader("Host", kHost);
  request->AddHeader("Content-Type", content_type);
  return request;
}

std::unique_ptr<http::Request> WorkloadFixture::PostForm(const std::string& path,
                                                         const Form& form) const {
  std::string body;
  for (const auto& [name, value] : form)
    body += (body.empty() ? "" : "&") + name + "=" + PercentEncode(value);
  return Post(path, "application/x-www-form-urlencoded; charset=utf-8", body);
}

void WorkloadFixture::Sign(http::Request& request, const std::string& service,
                           const std::string& key_id, const std::string& secret,
                           const std::string& session_token) const {
  const auth::HeaderList headers = request.headers();
  const std::string body_sha256 = HexEncode(crypto::Sha256(request.body));
  const auth::SigV4Request to_sign{"POST", request.path, "", &headers, body_sha256};
  for (const auto& [name, value] :
       auth::SignSigV4(to_sign, {key_id, secret, session_token}, "local-1", service, clock_.Now()))
    request.AddHeader(name, value);
}

auth::NewSecret WorkloadFixture::AccessKey() {
  Must(identities_.CreateUser(iam::AccountId::Default(), "alice", "", std::nullopt));
  return Must(identities_.CreateAccessKey(iam::AccountId::Default(), "user:alice"));
}

std::string WorkloadFixture::BodyOf(const http::Response& response) {
  return std::get<std::string>(response.body);
}

json::Document WorkloadFixture::JsonOf(const http::Response& response) {
  return Must(json::Document::Parse(BodyOf(response)));
}

std::string WorkloadFixture::TextAt(const json::Document& document, const std::string& member) {
  const json::Value value = document.root().Find(member);
  return value ? std::string(value.String().value_or("(no text)")) : "(absent)";
}

std::string WorkloadFixture::Element(const std::string& xml, const std::string& name) {
  const size_t begin = xml.find("<" + name + ">");
  const size_t end = xml.find("</" + name + ">");
  if (begin == std::string::npos || end == std::string::npos) return "";
  return xml.substr(begin + name.size() + 2, end - begin - name.size() - 2);
}

}  // namespace gantry::api::testing
