#include "cli/workload_token.h"

#include <fstream>
#include <utility>

#include "base/encoding.h"
#include "cli/answer.h"
#include "cli/registry_url.h"
#include "json/document.h"

namespace gantry::cli {
namespace {

constexpr size_t kFileBytesMax = 64 << 10;
constexpr const char* kBlanks = " \t\r\n";

Result<httpc::Response> Send(const Surroundings& surroundings, httpc::Request request) {
  request.body_bytes_max = 256 << 10;
  request.deadline = Seconds(30);
  return surroundings.client.Send(request);
}

Result<std::string> AskGitHub(const Surroundings& surroundings, const std::string& url,
                              const std::string& audience) {
  httpc::Request request;
  request.url = url + (url.find('?') == std::string::npos ? "?" : "&") +
                "audience=" + PercentEncode(audience);
  request.headers = {
      {"Authorization",
       "Bearer " + surroundings.environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN").value_or("")},
      {"Accept", "application/json"}};
  TRY_ASSIGN(const httpc::Response response, Send(surroundings, std::move(request)));
  const auto document = json::Document::Parse(response.body);
  const std::string token = document.ok() ? StringOf(document->root(), "value") : "";
  if (response.status != 200 || token.empty()) {
    return Unavailable("id_token_refused", "GitHub gave no token (status " +
                                               std::to_string(response.status) +
                                               "); the job needs \"permissions: id-token: write\"");
  }
  return token;
}

void SetIfEmpty(const Surroundings& surroundings, const char* name, std::string& value) {
  if (value.empty()) value = surroundings.environment(name).value_or("");
}

}  // namespace

WorkloadOptions WithEnvironment(const Surroundings& surroundings, WorkloadOptions options) {
  SetIfEmpty(surroundings, "GANTRY_SERVER", options.server);
  SetIfEmpty(surroundings, "GANTRY_TRUST", options.trust);
  SetIfEmpty(surroundings, "GANTRY_AUDIENCE", options.audience);
  SetIfEmpty(surroundings, "GANTRY_TOKEN_FILE", options.token_file);
  return options;
}

Result<std::string> ReadSecretFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string::npos)
    return NotFound("token_file_unreadable", path + " cannot be read, or is empty");
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

Result<std::optional<std::string>> FindIdToken(const Surroundings& surroundings,
                                               const WorkloadOptions& options) {
  if (!options.token_file.empty()) {
    TRY_ASSIGN(std::string token, ReadSecretFile(options.token_file));
    return std::optional(std::move(token));
  }
  if (auto token = surroundings.environment("GANTRY_ID_TOKEN")) return token;
  const auto url = surroundings.environment("ACTIONS_ID_TOKEN_REQUEST_URL");
  if (!url) return std::optional<std::string>();
  TRY_ASSIGN(std::string token,
             AskGitHub(surroundings, *url,
                       options.audience.empty() ? RegistryUrl(options.server) : options.audience));
  return std::optional(std::move(token));
}

Result<RegistryToken> ExchangeIdToken(const Surroundings& surroundings,
                                      const WorkloadOptions& options, const std::string& id_token) {
  httpc::Request request;
  request.method = "POST";
  request.url = RegistryUrl(options.server) + "/v1/token";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
      "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
      "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&audience=" +
      PercentEncode(options.trust) + "&subject_token=" + PercentEncode(id_token);
  TRY_ASSIGN(const httpc::Response response, Send(surroundings, std::move(request)));
  const auto document = json::Document::Parse(response.body);
  const json::Value root = document.ok() ? document->root() : json::Value();
  RegistryToken token;
  if (root) token = {StringOf(root, "access_token"), IntOf(root, "expires_in")};
  if (response.status == 200 && !token.token.empty()) return token;
  const std::string sentence = root ? StringOf(root, "error_description") : "";
  return Error(Code::kPermissionDenied, "exchange_refused",
               RegistryHost(options.server) + " does not take the token (status " +
                   std::to_string(response.status) + ")" +
                   (sentence.empty() ? "" : ": " + sentence));
}

}  // namespace gantry::cli
