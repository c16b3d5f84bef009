#include "kube/kubeconfig.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/encoding.h"

namespace gantry::kube {
namespace {

constexpr const char* kServiceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/";

Error Invalid(const std::string& what) {
  return InvalidArgument("kubeconfig_invalid", "kubeconfig: " + what);
}

std::string TextOf(json::Value object, const char* key) {
  const json::Value found = object ? object.Find(key) : object;
  return std::string(found ? found.String().value_or("") : "");
}

// What an entry of a list of {"name": NAME, KEY: {…}} holds under KEY.
json::Value FindNamed(json::Value config, const char* list, const std::string& name,
                      const char* key) {
  const json::Value all = config.Find(list);
  if (!all) return {};
  for (const json::Value entry : all.Items())
    if (TextOf(entry, "name") == name) return entry.Find(key);
  return {};
}

std::string PathIn(const std::string& folder, const std::string& path) {
  return path.empty() || path.starts_with('/') ? path : folder + "/" + path;
}

// The PEM text of KEY-data, or of the file that KEY names; "" without either.
Result<std::string> ReadPem(json::Value object, const std::string& key, const std::string& folder,
                            const ReadFile& read_file) {
  const std::string data = TextOf(object, (key + "-data").c_str());
  if (!data.empty()) {
    auto pem = Base64Decode(data);
    if (!pem) return Invalid(key + "-data is not base64");
    return std::move(*pem);
  }
  const std::string path = TextOf(object, key.c_str());
  if (path.empty()) return std::string();
  return read_file(PathIn(folder, path));
}

Result<void> RefuseUnknown(json::Value cluster, json::Value user) {
  const json::Value insecure = cluster.Find("insecure-skip-tls-verify");
  if (insecure && insecure.Bool().value_or(false)) {
    return Invalid(
        "insecure-skip-tls-verify is not supported; give the authority by "
        "certificate-authority-data");
  }
  for (const char* key : std::array{"exec", "auth-provider", "username", "as"}) {
    if (user && user.Find(key)) {
      return Invalid(std::string("\"") + key +
                     "\" of a user is not supported; a token or a client certificate is");
    }
  }
  return Ok();
}

}  // namespace

Result<ClusterAccess> ReadKubeconfig(json::Value config, const std::string& context,
                                     const std::string& folder, const ReadFile& read_file) {
  const std::string name = context.empty() ? TextOf(config, "current-context") : context;
  if (name.empty()) return Invalid("there is no current-context; choose one by --context");
  const json::Value chosen = FindNamed(config, "contexts", name, "context");
  if (!chosen) return Invalid("there is no context \"" + name + "\"");
  const std::string cluster_name = TextOf(chosen, "cluster");
  const json::Value cluster = FindNamed(config, "clusters", cluster_name, "cluster");
  ClusterAccess access;
  access.url = TextOf(cluster, "server");
  if (access.url.empty()) return Invalid("the cluster \"" + cluster_name + "\" has no server");
  while (access.url.ends_with('/')) access.url.pop_back();
  const json::Value user = FindNamed(config, "users", TextOf(chosen, "user"), "user");
  TRY(RefuseUnknown(cluster, user));
  TRY_ASSIGN(access.ca_pem, ReadPem(cluster, "certificate-authority", folder, read_file));
  if (!user) return access;
  access.token = TextOf(user, "token");
  if (access.token.empty()) access.token_file = PathIn(folder, TextOf(user, "tokenFile"));
  TRY_ASSIGN(access.certificate_pem, ReadPem(user, "client-certificate", folder, read_file));
  TRY_ASSIGN(access.key_pem, ReadPem(user, "client-key", folder, read_file));
  if (access.certificate_pem.empty() != access.key_pem.empty())
    return Invalid("a client certificate needs its client-key, and a key its certificate");
  return access;
}

std::optional<ClusterAccess> InClusterAccess(const Environment& environment) {
  const auto host = environment("KUBERNETES_SERVICE_HOST");
  if (!host) return std::nullopt;
  ClusterAccess access;
  const bool is_ipv6 = host->find(':') != std::string::npos;
  access.url = "https://" + (is_ipv6 ? "[" + *host + "]" : *host) + ":" +
               environment("KUBERNETES_SERVICE_PORT").value_or("443");
  access.ca_file = std::string(kServiceAccount) + "ca.crt";
  access.token_file = std::string(kServiceAccount) + "token";
  return access;
}

}  // namespace gantry::kube
