#include "server/config.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/suggest.h"
#include "server/address.h"
#include "server/config_keys.h"
#include "server/config_values.h"
#include "server/yaml.h"

extern char** environ;

namespace gantry::server {
namespace {

std::string UnknownKey(const std::string& path) {
  std::string message = "unknown key \"" + path + "\"";
  if (const auto nearest = Nearest(path, KeyPaths()))
    message += "; did you mean \"" + *nearest + "\"?";
  return message;
}

bool IsSection(const std::string& path) {
  return std::ranges::any_of(
      Keys(), [&](const Key& key) { return std::string_view(key.path).starts_with(path + "."); });
}

// "" when the entry was taken over.
std::string ApplyEntry(const YamlEntry& entry, Config& config) {
  const Key* key = FindKey(entry.path);
  if (entry.kind == YamlEntry::Kind::kSection) {
    if (key != nullptr) return entry.path + ": takes a value, not a section";
    return IsSection(entry.path) ? "" : UnknownKey(entry.path);
  }
  if (key == nullptr && IsSection(entry.path)) {
    if (entry.kind == YamlEntry::Kind::kEmpty) return "";
    return entry.path + ": is a section; its keys go on lines of their own, indented";
  }
  if (key == nullptr) return UnknownKey(entry.path);
  if (entry.kind == YamlEntry::Kind::kEmpty) return entry.path + ": has no value";
  const Result<void> set = entry.kind == YamlEntry::Kind::kRows ? SetKey(*key, entry.rows, config)
                           : entry.kind == YamlEntry::Kind::kList
                               ? SetKey(*key, entry.list, config)
                               : SetKey(*key, entry.scalar, config);
  return set.ok() ? "" : set.error().message();
}

void ApplyFile(const std::string& path, LoadedConfig& loaded) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.is_open() || file.bad()) {
    loaded.errors.push_back(path + ": cannot be read; give the path of a YAML file");
    return;
  }
  loaded.errors = ApplyYaml(text, path, loaded.config);
}

// Kubernetes gives every container GANTRY_SERVICE_HOST, GANTRY_PORT_5000_TCP and the like when a
// service is called gantry.
bool IsFromKubernetes(const std::string& name) {
  return name == "GANTRY_PORT" || name.starts_with("GANTRY_PORT_") ||
         name.starts_with("GANTRY_SERVICE_");
}

void ApplyEnvironment(const std::map<std::string, std::string>& environment, LoadedConfig& loaded) {
  std::map<std::string, const Key*> keys;
  std::vector<std::string> names;
  for (const Key& key : Keys()) {
    names.push_back(VariableName(key));
    keys.emplace(names.back(), &key);
  }
  for (const auto& [name, value] : environment) {
    const auto found = keys.find(name);
    if (found != keys.end()) {
      const Result<void> set = SetKey(*found->second, value, loaded.config);
      if (!set.ok()) loaded.errors.push_back(name + ": " + set.error().message());
      continue;
    }
    if (IsFromKubernetes(name)) continue;
    std::string warning = "the environment variable " + name + " means nothing to gantry";
    if (const auto nearest = Nearest(name, names)) warning += "; did you mean " + *nearest + "?";
    loaded.warnings.push_back(std::move(warning));
  }
}

void ApplyFlags(const std::vector<std::pair<std::string, std::string>>& flags,
                LoadedConfig& loaded) {
  for (const auto& [path, value] : flags) {
    const Key* key = FindKey(path);
    GANTRY_ASSERT(key != nullptr);
    const Result<void> set = SetKey(*key, value, loaded.config);
    if (!set.ok()) loaded.errors.push_back("command line: " + set.error().message());
  }
}

void CheckListen(const Config& config, std::vector<std::string>& errors) {
  if (config.listen.empty()) errors.push_back("listen: at least one address is needed");
  for (const std::string& listen : config.listen) {
    const Result<Address> address = ParseAddress(listen);
    if (!address.ok()) errors.push_back("listen: " + address.error().message());
  }
}

bool IsProviderName(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsHttpUrl(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

void CheckOidc(const Config& config, std::vector<std::string>& errors) {
  if (!config.access.url.empty() &&
      (!IsHttpUrl(config.access.url) || config.access.url.ends_with("/")))
    errors.push_back("access.url: is a URL without a slash at its end, https://HOST");
  std::vector<std::string> names;
  for (const Config::OidcProvider& provider : config.oidc) {
    const std::string place = "oidc: provider \"" + provider.name + "\"";
    if (!IsProviderName(provider.name))
      errors.push_back(place + ": a name is 1 to 32 of a-z 0-9 -");
    if (std::ranges::count(names, provider.name) > 0) errors.push_back(place + ": is there twice");
    names.push_back(provider.name);
    if (!IsHttpUrl(provider.issuer)) errors.push_back(place + ": the issuer is no URL");
    if (provider.issuer.starts_with("http://") && !config.federation.allow_http)
      errors.push_back(place + ": the issuer is not https; federation.allow_http takes it");
    if (!provider.client_secret.empty() && !provider.client_secret_file.empty())
      errors.push_back(place + ": client_secret and client_secret_file exclude each other");
  }
}

void CheckAuditExports(const Config::Audit& audit, std::vector<std::string>& errors) {
  const Config::AuditS3& s3 = audit.export_s3;
  if (s3.endpoint.empty()) return;
  if (!IsHttpUrl(s3.endpoint) || s3.endpoint.ends_with("/"))
    errors.push_back("audit.export.s3.endpoint: is a URL without a slash at its end, https://HOST");
  if (s3.bucket.empty() || s3.access_key_id.empty())
    errors.push_back("audit.export.s3: bucket and access_key_id are needed");
  if (s3.secret_access_key.empty() == s3.secret_access_key_file.empty())
    errors.push_back("audit.export.s3: needs one of secret_access_key and secret_access_key_file");
}

// A proxy in front may speak TLS, so this is no error.
void WarnOfPlainPasswords(const Config& config, std::vector<std::string>& warnings) {
  if (config.anonymous || !config.tls.certificate.empty()) return;
  for (const std::string& listen : config.listen) {
    const Result<Address> address = ParseAddress(listen);
    if (!address.ok() || IsLoopback(*address)) continue;
    warnings.push_back("listen: passwords and tokens reach " + listen +
                       " unencrypted unless a proxy in front of it speaks TLS; set "
                       "tls.certificate and tls.key");
  }
}

}  // namespace

std::map<std::string, std::string> ReadEnvironment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || !text.starts_with("GANTRY_")) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

LoadedConfig LoadConfig(const ConfigSources& sources) {
  LoadedConfig loaded;
  if (sources.file) ApplyFile(*sources.file, loaded);
  ApplyEnvironment(sources.environment, loaded);
  ApplyFlags(sources.flags, loaded);
  for (std::string& error : ValidateConfig(loaded.config))
    loaded.errors.push_back(std::move(error));
  WarnOfPlainPasswords(loaded.config, loaded.warnings);
  return loaded;
}

std::vector<std::string> ApplyYaml(std::string_view text, std::string_view name, Config& config) {
  std::vector<std::string> errors;
  const Result<std::vector<YamlEntry>> entries = ReadYaml(text);
  if (!entries.ok()) {
    errors.push_back(std::string(name) + ": " + entries.error().message());
    return errors;
  }
  std::string unknown_section;  // its keys need no message of their own
  for (const YamlEntry& entry : *entries) {
    if (!unknown_section.empty() && entry.path.starts_with(unknown_section)) continue;
    const std::string error = ApplyEntry(entry, config);
    if (error.empty()) continue;
    errors.push_back(std::string(name) + ":" + std::to_string(entry.line) + ": " + error);
    if (entry.kind == YamlEntry::Kind::kSection) unknown_section = entry.path + ".";
  }
  return errors;
}

std::vector<std::string> ValidateConfig(const Config& config) {
  std::vector<std::string> errors;
  CheckListen(config, errors);
  if (const auto hosts = HostPatterns::Parse(config.hosts); !hosts.ok())
    errors.push_back("hosts: " + hosts.error().message());
  if (config.data.empty()) errors.push_back("data: the path of a folder is needed");
  if (config.tls.certificate.empty() != config.tls.key.empty())
    errors.push_back("tls: certificate and key go together; one of them is missing");
  CheckOidc(config, errors);
  CheckAuditExports(config.audit, errors);
  const bool postgres = config.database.engine == DatabaseEngine::kPostgres;
  if (postgres && config.database.conninfo.empty())
    errors.push_back("database.conninfo: is needed with database.engine: postgres");
  if (!postgres && !config.database.conninfo.empty())
    errors.push_back("database.conninfo: is only for database.engine: postgres");
  return errors;
}

int ReactorCount(const Config& config) {
  if (config.reactors > 0) return config.reactors;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()) / 2);
}

}  // namespace gantry::server
