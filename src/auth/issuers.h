#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "auth/jwks.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "httpc/client.h"

namespace gantry::auth {

// Where a provider is asked for what (OpenID Connect Discovery 1.0, 3). "" for what it does not
// say.
struct IssuerDocument {
  std::string authorization_url;
  std::string token_url;
  std::string userinfo_url;
  std::string keys_url;
  // Whether the client's secret is taken in the form only, not in the Authorization header.
  bool secret_in_form = false;
};

// What foreign issuers publish: their discovery documents and their keys.
//   Addresses must be https unless `allow_http`.
//   Both are kept for an hour; keys are fetched again for a key id that is not among them, at most
//   every 60 s.
// Threads: all methods from any thread; they block.
class Issuers {
 public:
  // `client` refuses private addresses (httpc::ClientOptions::guard) where issuers are not trusted
  // to name any. Both outlive this.
  Issuers(httpc::Client& client, const Clock& clock, bool allow_http)
      : client_(client), clock_(clock), allow_http_(allow_http) {}

  // The keys of an issuer, from `keys_url`, or, when that is "", from where its discovery document
  // says. unavailable/issuer_unreachable: they cannot be had.
  Result<std::shared_ptr<const KeySet>> Keys(const std::string& issuer, const std::string& keys_url,
                                             std::string_view key_id);
  // unavailable/issuer_unreachable
  Result<IssuerDocument> Discover(const std::string& issuer);
  // Sends to an issuer; only 200 is an answer. unavailable/issuer_unreachable
  Result<httpc::Response> Send(httpc::Request request);
  // Whether an issuer may be asked there, or a browser be sent there.
  bool IsFit(std::string_view url) const;

 private:
  struct FetchedKeys {
    std::shared_ptr<const KeySet> keys;  // nullptr: could not be had
    Time keys_at;                        // when those came
    bool fetching = false;
    Time fetched_at;  // when it was last tried
  };
  struct FetchedDocument {
    IssuerDocument document;
    Time fetched_at;
  };

  Result<std::shared_ptr<const KeySet>> FetchKeys(const std::string& issuer, std::string keys_url);
  Result<std::string> Get(const std::string& url);

  httpc::Client& client_;
  const Clock& clock_;
  const bool allow_http_;
  Mutex mutex_;
  CondVar fetch_ended_;
  std::map<std::string, FetchedKeys, std::less<>> keys_ GUARDED_BY(mutex_);  // by issuer and URL
  std::map<std::string, FetchedDocument, std::less<>> documents_ GUARDED_BY(mutex_);  // by issuer
};

}  // namespace gantry::auth
