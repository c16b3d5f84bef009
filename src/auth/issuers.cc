#include "auth/issuers.h"

#include <utility>

#include "auth/jwt.h"

namespace gantry::auth {
namespace {

constexpr Duration kKeep = Hours(1);
constexpr Duration kFetchAgainAfter = Seconds(60);
constexpr int64_t kDocumentBytesMax = 256 * 1024;
constexpr size_t kIssuersMax = 1000;  // of whom something is kept

Error Unreachable(const std::string& why) {
  return Unavailable("issuer_unreachable", "the issuer cannot be asked: " + why);
}

bool Lists(json::Value list, std::string_view text) {
  if (!list || !list.IsArray()) return false;
  for (const json::Value item : list.Items())
    if (item.String() == text) return true;
  return false;
}

}  // namespace

Result<std::shared_ptr<const KeySet>> Issuers::Keys(const std::string& issuer,
                                                    const std::string& keys_url,
                                                    std::string_view key_id) {
  const Time now = clock_.Now();
  const std::string source = issuer + "\n" + keys_url;
  const auto is_fresh = [&](const FetchedKeys& fetched) {
    return fetched.keys != nullptr && now - fetched.keys_at < kKeep;
  };
  {
    MutexLock lock(mutex_);
    if (keys_.count(source) == 0 && keys_.size() >= kIssuersMax) keys_.clear();
    while (keys_[source].fetching) fetch_ended_.Wait(mutex_);
    FetchedKeys& fetched = keys_[source];
    if (is_fresh(fetched) && fetched.keys->Find(key_id) != nullptr) return fetched.keys;
    if (now - fetched.fetched_at < kFetchAgainAfter) {
      if (is_fresh(fetched)) return fetched.keys;
      return Unreachable("its keys could not be fetched less than a minute ago");
    }
    fetched.fetched_at = now;
    fetched.fetching = true;  // others that come meanwhile wait
  }
  auto keys = FetchKeys(issuer, keys_url);
  MutexLock lock(mutex_);
  FetchedKeys& fetched = keys_[source];
  fetched.fetching = false;
  fetch_ended_.SignalAll();
  if (keys.ok()) {
    fetched.keys = *keys;
    fetched.keys_at = now;
  }
  if (is_fresh(fetched)) return fetched.keys;
  return std::move(keys).error();
}

Result<IssuerDocument> Issuers::Discover(const std::string& issuer) {
  const Time now = clock_.Now();
  {
    MutexLock lock(mutex_);
    const auto known = documents_.find(issuer);
    if (known != documents_.end() && now - known->second.fetched_at < kKeep)
      return known->second.document;
  }
  std::string base = issuer;
  while (base.ends_with('/')) base.pop_back();
  TRY_ASSIGN(const std::string text, Get(base + "/.well-known/openid-configuration"));
  const auto json = json::Document::Parse(text, {kDocumentBytesMax, 8, 10'000});
  // OpenID Connect Discovery 1.0, 4.3: the document must be the issuer's own.
  if (!json.ok() || TextClaim(json->root(), "issuer") != issuer) {
    return Unreachable("its discovery document is not its own");
  }
  const json::Value root = json->root();
  IssuerDocument document;
  document.authorization_url = TextClaim(root, "authorization_endpoint");
  document.token_url = TextClaim(root, "token_endpoint");
  document.userinfo_url = TextClaim(root, "userinfo_endpoint");
  document.keys_url = TextClaim(root, "jwks_uri");
  // Absent: client_secret_basic.
  const json::Value methods = root.Find("token_endpoint_auth_methods_supported");
  document.secret_in_form = methods && !Lists(methods, "client_secret_basic");
  MutexLock lock(mutex_);
  if (documents_.size() >= kIssuersMax) documents_.clear();
  documents_[issuer] = {document, now};
  return document;
}

Result<std::shared_ptr<const KeySet>> Issuers::FetchKeys(const std::string& issuer,
                                                         std::string keys_url) {
  if (keys_url.empty()) {
    TRY_ASSIGN(const IssuerDocument document, Discover(issuer));
    keys_url = document.keys_url;
    if (keys_url.empty()) return Unreachable("its discovery document names no jwks_uri");
  }
  TRY_ASSIGN(const std::string text, Get(keys_url));
  auto keys = KeySet::Parse(text);
  if (!keys.ok()) return Unreachable(keys.error().message());
  return std::make_shared<const KeySet>(std::move(*keys));
}

Result<std::string> Issuers::Get(const std::string& url) {
  httpc::Request request;
  request.url = url;
  request.headers = {{"Accept", "application/json"}};
  TRY_ASSIGN(httpc::Response response, Send(std::move(request)));
  return std::move(response.body);
}

Result<httpc::Response> Issuers::Send(httpc::Request request) {
  if (!IsFit(request.url)) return Unreachable("\"" + request.url + "\" is not https");
  request.body_bytes_max = kDocumentBytesMax;
  request.connect_timeout = Seconds(5);
  request.deadline = Seconds(10);
  auto response = client_.Send(request);
  if (!response.ok()) return Unreachable(response.error().message());
  if (response->status != 200) {
    return Unreachable(request.url + " answers " + std::to_string(response->status));
  }
  return response;
}

bool Issuers::IsFit(std::string_view url) const {
  return url.starts_with("https://") || (allow_http_ && url.starts_with("http://"));
}

}  // namespace gantry::auth
