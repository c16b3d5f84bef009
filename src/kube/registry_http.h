#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "httpc/client.h"
#include "kube/registry.h"

namespace gantry::kube {

// A registry by its admin API (/api/admin/v1/pins and pin-sources) and /v2/.
// Errors besides those of httpc::Client::Send and of the credential: not_found/pin_source_unknown,
// permission_denied/registry_refused (401, 403), unavailable/registry_failed (any other status),
// all with the registry's sentence. Threads: one.
class HttpRegistry final : public Registry {
 public:
  // The value of an Authorization header; `renew`: the last one was refused.
  using Credential = std::function<Result<std::string>(bool renew)>;
  struct Options {
    std::string url;        // of the server: "https://registry.example.com"
    std::string source;     // "kube:prod"
    std::string account;    // id; "": the one that the server takes
    Duration silent_after;  // the registry raises an alert after that
  };
  // `client` and `registries` outlive this.
  HttpRegistry(httpc::Client& client, const Registries& registries, Credential credential,
               Options options)
      : client_(client),
        registries_(registries),
        credential_(std::move(credential)),
        options_(std::move(options)) {}

  Result<void> Announce() override;
  Result<std::vector<PinKey>> ListPins() override;
  Result<void> Apply(const PinChanges& changes) override;
  Result<void> Heartbeat() override;
  Result<std::optional<oci::Digest>> Resolve(const Image& image) override;

 private:
  // Sends with a credential, and once more with a new one after 401.
  Result<httpc::Response> Send(httpc::Request request);
  // The body of a good answer.
  Result<std::string> Ask(const std::string& method, const std::string& path,
                          const std::string& body);
  std::string SourcePath(const std::string& rest) const;

  httpc::Client& client_;
  const Registries& registries_;
  const Credential credential_;
  const Options options_;
};

}  // namespace gantry::kube
