#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "json/document.h"

namespace gantry::kube {

// How to reach a cluster's API, and who we are there.
struct ClusterAccess {
  std::string url;         // without a slash at the end
  std::string ca_file;     // PEM; or
  std::string ca_pem;      // itself; both "": the system's
  std::string token;       // or
  std::string token_file;  // read for each request
  std::string certificate_pem;
  std::string key_pem;
};

// A whole small file. not_found/file_unreadable
using ReadFile = std::function<Result<std::string>(const std::string& path)>;

// The current context of a kubeconfig (or `context`, unless ""), as JSON. Relative paths in it are
// relative to `folder`. Understood: server, certificate-authority(-data), token, tokenFile,
// client-certificate(-data), client-key(-data). invalid_argument/kubeconfig_invalid, also for what
// is not supported: exec and auth-provider plugins, insecure-skip-tls-verify, user names.
Result<ClusterAccess> ReadKubeconfig(json::Value config, const std::string& context,
                                     const std::string& folder, const ReadFile& read_file);

// The access that Kubernetes gives every pod: KUBERNETES_SERVICE_HOST and _PORT, and the files of
// the service account. nullopt: this is no pod.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
std::optional<ClusterAccess> InClusterAccess(const Environment& environment);

}  // namespace gantry::kube
