#include <iterator>
#include <utility>

#include "cli/answer.h"
#include "cli/credential_commands.h"
#include "cli/credentials.h"
#include "cli/exit_code.h"
#include "cli/registry_url.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::cli {
namespace {

// Docker knows this sentence, and goes on without a credential.
constexpr const char* kNotFound = "credentials not found in native keychain";

std::string ReadAll(std::istream& in) {
  std::string text{std::istreambuf_iterator<char>(in), {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

// The token of this job, where it may be shown to the server.
Result<std::optional<Credential>> Exchanged(const Surroundings& surroundings,
                                            const std::string& server) {
  WorkloadOptions options = WithEnvironment(surroundings, {});
  if (options.server.empty() || RegistryHost(options.server) != RegistryHost(server))
    return std::optional<Credential>();
  TRY_ASSIGN(const auto id_token, FindIdToken(surroundings, options));
  if (!id_token) return std::optional<Credential>();
  TRY_ASSIGN(RegistryToken token, ExchangeIdToken(surroundings, options, *id_token));
  return std::optional(Credential{kTokenUser, std::move(token.token)});
}

Result<std::string> Get(const Surroundings& surroundings, const std::string& file) {
  const std::string server = ReadAll(surroundings.in);
  if (server.empty()) return InvalidArgument("server_missing", "no credentials server URL");
  TRY_ASSIGN(auto credential, FindCredential(file, RegistryUrl(server)));
  if (!credential) {
    TRY_ASSIGN(credential, Exchanged(surroundings, server));
  }
  if (!credential) return NotFound("credential_unknown", kNotFound);
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("ServerURL").String(server);
  writer.Key("Username").String(credential->user);
  writer.Key("Secret").String(credential->password);
  writer.EndObject();
  return text + "\n";
}

Result<std::string> Store(const Surroundings& surroundings, const std::string& file) {
  TRY_ASSIGN(const auto document, json::Document::Parse(ReadAll(surroundings.in)));
  const std::string server = StringOf(document.root(), "ServerURL");
  const std::string username = StringOf(document.root(), "Username");
  if (server.empty()) return InvalidArgument("server_missing", "no credentials server URL");
  if (username.empty()) return InvalidArgument("username_missing", "no credentials username");
  TRY(StoreCredential(file, RegistryUrl(server), {username, StringOf(document.root(), "Secret")}));
  return std::string();
}

Result<std::string> List(const std::string& file) {
  TRY_ASSIGN(const auto servers, ListCredentials(file));
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  for (const auto& [server, credential] : servers) writer.Key(server).String(credential.user);
  writer.EndObject();
  return text + "\n";
}

Result<std::string> Run(const Surroundings& surroundings, const std::string& action,
                        const std::string& version) {
  if (action == "version") return "docker-credential-gantry v" + version + "\n";
  const std::string& file = surroundings.credentials;
  if (action == "get") return Get(surroundings, file);
  if (action == "store") return Store(surroundings, file);
  if (action == "list") return List(file);
  if (action == "erase") {
    TRY(RemoveCredential(file, RegistryUrl(ReadAll(surroundings.in))));
    return std::string();
  }
  return InvalidArgument("action_unknown",
                         "Usage: docker-credential-gantry <store|get|erase|list|version>");
}

}  // namespace

int RunDockerCredential(const Surroundings& surroundings, const std::string& action,
                        const std::string& version) {
  const auto text = Run(surroundings, action, version);
  surroundings.out << (text.ok() ? *text : text.error().message() + "\n");
  return text.ok() ? kDone : kFailed;
}

}  // namespace gantry::cli
