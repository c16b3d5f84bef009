#include <algorithm>
#include <iterator>
#include <utility>

#include "cli/answer.h"
#include "cli/credential_commands.h"
#include "cli/exit_code.h"
#include "cli/registry_url.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::cli {
namespace {

constexpr std::string_view kGroup = "credentialprovider.kubelet.k8s.io/";
constexpr std::string_view kVersions[] = {"v1", "v1beta1", "v1alpha1"};
// How long before its end a token is no longer handed out, at most a tenth of its life.
constexpr int64_t kMarginSeconds = 300;

struct Request {
  std::string api_version;
  std::string host;  // of the image
  std::string service_account_token;
};

Result<Request> ReadRequest(std::istream& in) {
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  TRY_ASSIGN(const auto document, json::Document::Parse(text));
  const json::Value root = document.root();
  Request request;
  request.api_version = StringOf(root, "apiVersion");
  const bool known = std::any_of(std::begin(kVersions), std::end(kVersions), [&](auto version) {
    return request.api_version == std::string(kGroup) + std::string(version);
  });
  if (!known || StringOf(root, "kind") != "CredentialProviderRequest") {
    return InvalidArgument("request_unknown",
                           "standard input is not a CredentialProviderRequest of " +
                               std::string(kGroup) + "v1, v1beta1 or v1alpha1");
  }
  const std::string image = StringOf(root, "image");
  request.host = HostOfImage(image);
  if (request.host.empty())
    return InvalidArgument("image_invalid", "the image '" + image + "' names no registry");
  request.service_account_token = StringOf(root, "serviceAccountToken");
  return request;
}

struct Credential {
  std::string username;
  std::string password;
  int64_t good_for_seconds = 0;  // 0: kubelet asks again for each pull
};

Result<Credential> Find(const Surroundings& surroundings, const CredentialProviderOptions& options,
                        const Request& request) {
  WorkloadOptions workload = WithEnvironment(surroundings, options.workload);
  workload.server = options.plain_http ? "http://" + request.host : request.host;
  std::string id_token = request.service_account_token;
  if (id_token.empty() && options.username.empty()) {
    TRY_ASSIGN(const auto found, FindIdToken(surroundings, workload));
    if (!found) {
      return NotFound("token_missing",
                      "the request has no serviceAccountToken: set tokenAttributes in the plugin's "
                      "configuration, or give --token-file, or --username and --password-file");
    }
    id_token = *found;
  }
  if (id_token.empty()) {
    TRY_ASSIGN(std::string password, ReadSecretFile(options.password_file));
    return Credential{options.username, std::move(password), 0};
  }
  TRY_ASSIGN(RegistryToken token, ExchangeIdToken(surroundings, workload, id_token));
  const int64_t margin = std::min(kMarginSeconds, token.expires_in_seconds / 10);
  return Credential{kTokenUser, std::move(token.token),
                    std::max<int64_t>(token.expires_in_seconds - margin, 0)};
}

std::string Response(const Request& request, const Credential& credential) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("kind").String("CredentialProviderResponse");
  writer.Key("apiVersion").String(request.api_version);
  writer.Key("cacheKeyType").String("Registry");
  writer.Key("cacheDuration").String(std::to_string(credential.good_for_seconds) + "s");
  writer.Key("auth").BeginObject().Key(request.host).BeginObject();
  writer.Key("username").String(credential.username);
  writer.Key("password").String(credential.password);
  writer.EndObject().EndObject().EndObject();
  return text;
}

}  // namespace

int RunCredentialProvider(const Surroundings& surroundings,
                          const CredentialProviderOptions& options) {
  const auto run = [&]() -> Result<std::string> {
    TRY_ASSIGN(const Request request, ReadRequest(surroundings.in));
    TRY_ASSIGN(const Credential credential, Find(surroundings, options, request));
    return Response(request, credential);
  };
  const auto response = run();
  if (!response.ok()) {
    surroundings.err << "gantry: " << response.error().message() << "\n";
    return kFailed;
  }
  surroundings.out << *response << "\n";
  return kDone;
}

}  // namespace gantry::cli
