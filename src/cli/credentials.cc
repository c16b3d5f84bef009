#include "cli/credentials.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <system_error>

#include "cli/answer.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::cli {
namespace {

using Servers = std::map<std::string, Credential>;

Result<Servers> Load(const std::string& path) {
  struct stat status {};
  if (path.empty() || ::stat(path.c_str(), &status) != 0) return Servers();
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Error(Code::kFailedPrecondition, "credentials_readable",
                 path + " can be read by others; run chmod 600 " + path +
                     ", and change the passwords in it");
  }
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return FromErrno(errno, path);
  auto document = json::Document::Parse(text.str());
  if (!document.ok()) return std::move(document).error().In(path);
  Servers servers;
  const json::Value list = document->root().Find("servers");
  if (!list) return servers;
  for (const auto [server, value] : list.Members())
    servers[std::string(server)] = {StringOf(value, "user"), StringOf(value, "password")};
  return servers;
}

std::string TextOf(const Servers& servers) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Key("servers").BeginObject();
  for (const auto& [server, credential] : servers) {
    writer.Key(server).BeginObject();
    writer.Key("user").String(credential.user).Key("password").String(credential.password);
    writer.EndObject();
  }
  writer.EndObject().EndObject();
  return text + "\n";
}

Result<void> Save(const std::string& path, const Servers& servers) {
  if (path.empty()) {
    return Error(Code::kFailedPrecondition, "home_missing",
                 "HOME is not set, so there is no place for credentials");
  }
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder.parent_path(), error);
  if (::mkdir(folder.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return FromErrno(errno, folder.string());
  std::string fresh = path + ".XXXXXX";
  const int fd = ::mkstemp(fresh.data());  // 0600
  if (fd < 0) return FromErrno(errno, fresh);
  const std::string text = TextOf(servers);
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int write_errno = errno;
  ::close(fd);
  if (written && ::rename(fresh.c_str(), path.c_str()) == 0) return Ok();
  const int failure = written ? errno : write_errno;
  ::unlink(fresh.c_str());
  return FromErrno(failure, path);
}

}  // namespace

std::string CredentialsPath() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config != nullptr && config[0] == '/') return std::string(config) + "/gantry/credentials";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] == '\0') return "";
  return std::string(home) + "/.config/gantry/credentials";
}

Result<std::map<std::string, Credential>> ListCredentials(const std::string& path) {
  return Load(path);
}

Result<std::optional<Credential>> FindCredential(const std::string& path,
                                                 const std::string& server) {
  TRY_ASSIGN(const Servers servers, Load(path));
  const auto found = servers.find(server);
  if (found == servers.end()) return std::optional<Credential>();
  return std::optional(found->second);
}

Result<void> StoreCredential(const std::string& path, const std::string& server,
                             const Credential& credential) {
  TRY_ASSIGN(Servers servers, Load(path));
  servers[server] = credential;
  return Save(path, servers);
}

Result<bool> RemoveCredential(const std::string& path, const std::string& server) {
  TRY_ASSIGN(Servers servers, Load(path));
  if (servers.erase(server) == 0) return false;
  TRY(Save(path, servers));
  return true;
}

}  // namespace gantry::cli
