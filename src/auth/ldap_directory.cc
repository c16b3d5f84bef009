#include "auth/ldap_directory.h"

#include <ldap.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <utility>

#include "auth/ldap_filter.h"

namespace gantry::auth {
namespace {

constexpr int kGroupsMax = 1000;
constexpr const char* kEmailAttribute = "mail";

Error OptionsInvalid(const std::string& why) {
  return InvalidArgument("ldap_options_invalid", why);
}

bool IsThisMachine(std::string_view host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

Result<void> CheckUrl(const std::string& url, bool start_tls) {
  LDAPURLDesc* raw = nullptr;
  const bool parsed = ldap_url_parse(url.c_str(), &raw) == LDAP_URL_SUCCESS;
  const std::unique_ptr<LDAPURLDesc, void (*)(LDAPURLDesc*)> parts(raw, ldap_free_urldesc);
  const std::string scheme = parsed ? parts->lud_scheme : "";
  const std::string host = parsed && parts->lud_host != nullptr ? parts->lud_host : "";
  const bool has_more = parsed && parts->lud_dn != nullptr && *parts->lud_dn != '\0';
  if ((scheme != "ldap" && scheme != "ldaps") || host.empty() || has_more) {
    return OptionsInvalid("\"" + url +
                          "\" is not ldap://HOST, ldaps://HOST, or one of them with "
                          ":PORT");
  }
  if (scheme == "ldap" && !start_tls && !IsThisMachine(host)) {
    return OptionsInvalid("passwords would reach " + url +
                          " unencrypted; use ldaps://, or StartTLS");
  }
  return Ok();
}

Result<std::string> ReadPassword(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line) || line.empty()) {
    return Unavailable("directory_unreachable",
                       "the file \"" + path +
                           "\" has no password in its first line, or cannot be "
                           "read");
  }
  if (line.back() == '\r') line.pop_back();
  return line;
}

bool SameIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

// What the entry is called: as was asked for, or its only name.
std::optional<std::string> NameOf(const std::vector<std::string>& names, const std::string& asked) {
  for (const std::string& name : names) {
    if (SameIgnoringCase(name, asked)) return name;
  }
  return names.size() == 1 ? std::optional(names[0]) : std::nullopt;
}

Error Ambiguous(const std::string& why) { return Unavailable("directory_ambiguous", why); }

}  // namespace

Result<std::unique_ptr<LdapDirectory>> LdapDirectory::Make(LdapOptions options,
                                                           log::Logger& logger) {
  if (options.urls.empty()) return OptionsInvalid("there is no URL");
  for (const std::string& url : options.urls) TRY(CheckUrl(url, options.start_tls));
  if (options.user_base.empty()) return OptionsInvalid("there is no base to search users below");
  if (options.user_filter.find("{user}") == std::string::npos) {
    return OptionsInvalid("the filter of users \"" + options.user_filter + "\" has no {user}");
  }
  if (!options.bind_dn.empty()) {
    const auto password = ReadPassword(options.bind_password_file);
    if (!password.ok()) return OptionsInvalid(password.error().message());
  }
  return std::unique_ptr<LdapDirectory>(new LdapDirectory(std::move(options), logger));
}

Result<void> LdapDirectory::Enter() {
  MutexLock lock(mutex_);
  while (running_ >= options_.connections_max) {
    if (left_.WaitFor(mutex_, std::chrono::microseconds(options_.timeout.micros))) continue;
    return Error(Code::kResourceExhausted, "too_many_logins",
                 "too many passwords are being checked; try again");
  }
  ++running_;
  return Ok();
}

void LdapDirectory::Leave() {
  MutexLock lock(mutex_);
  --running_;
  left_.SignalOne();
}

Result<std::optional<DirectoryUser>> LdapDirectory::Check(const std::string& name,
                                                          const std::string& password) {
  // Servers take an empty password for an anonymous bind, and let everybody in (RFC 4513, 5.1.2).
  if (name.empty() || password.empty()) return Found();
  TRY(Enter());
  auto found = CheckAnywhere(name, password);
  Leave();
  return found;
}

Result<std::optional<DirectoryUser>> LdapDirectory::CheckAnywhere(const std::string& name,
                                                                  const std::string& password) {
  for (const std::string& url : options_.urls) {
    auto found = CheckAt(url, name, password);
    if (found.ok()) return found;
    log::Warning(logger_, "directory_failed")
        .Field("url", url)
        .Field("error", found.error().message());
    if (found.error().reason() == "directory_ambiguous") {
      return Ambiguous("the directory of users has no single entry of this name");
    }
  }
  return Unavailable("directory_unreachable",
                     "the directory of users cannot be asked now; try again");
}

Result<std::optional<DirectoryUser>> LdapDirectory::CheckAt(const std::string& url,
                                                            const std::string& name,
                                                            const std::string& password) const {
  TRY_ASSIGN(LdapConnection connection,
             LdapConnection::Open(url, {options_.start_tls, options_.ca_file, options_.timeout}));
  TRY(BindToSearch(connection));
  TRY_ASSIGN(auto entry, FindEntry(connection, name));
  if (!entry) return Found();
  TRY_ASSIGN(const bool let_in, connection.Bind(entry->dn, password));
  if (!let_in) return Found();
  const auto known_as = NameOf(entry->attributes[options_.user_attribute], name);
  if (!known_as) {
    return Ambiguous(entry->dn + " has no single value of " + options_.user_attribute);
  }
  DirectoryUser user;
  user.name = *known_as;
  const std::vector<std::string>& emails = entry->attributes[kEmailAttribute];
  if (!emails.empty()) user.email = emails[0];
  TRY_ASSIGN(user.groups, GroupsOf(connection, *entry, *known_as));
  return Found(std::move(user));
}

Result<void> LdapDirectory::BindToSearch(LdapConnection& connection) const {
  if (options_.bind_dn.empty()) return connection.BindAnonymously();
  TRY_ASSIGN(const std::string password, ReadPassword(options_.bind_password_file));
  TRY_ASSIGN(const bool let_in, connection.Bind(options_.bind_dn, password));
  if (let_in) return Ok();
  return Unavailable("directory_unreachable",
                     "the directory does not let " + options_.bind_dn + " in, who searches");
}

Result<std::optional<LdapEntry>> LdapDirectory::FindEntry(LdapConnection& connection,
                                                          const std::string& name) const {
  std::vector<std::string> attributes = {options_.user_attribute, kEmailAttribute};
  if (!options_.member_of.empty()) attributes.push_back(options_.member_of);
  TRY_ASSIGN(auto entries,
             connection.Search(options_.user_base,
                               FillFilter(options_.user_filter, {{"user", name}}), attributes, 2));
  if (entries.size() > 1) return Ambiguous("the filter of users finds several of \"" + name + "\"");
  // A bind without a name is anonymous, too.
  if (entries.empty() || entries[0].dn.empty()) return std::optional<LdapEntry>();
  return std::optional(std::move(entries[0]));
}

Result<std::vector<std::string>> LdapDirectory::GroupsOf(LdapConnection& connection,
                                                         const LdapEntry& entry,
                                                         const std::string& name) const {
  std::vector<std::string> groups;
  if (!options_.member_of.empty()) {
    for (const std::string& dn : entry.attributes.at(options_.member_of)) {
      groups.push_back(FirstComponent(dn));
    }
  }
  if (options_.group_base.empty()) return groups;
  // The user himself may not be allowed to.
  TRY(BindToSearch(connection));
  TRY_ASSIGN(const auto found, connection.Search(options_.group_base,
                                                 FillFilter(options_.group_filter,
                                                            {{"user", name}, {"dn", entry.dn}}),
                                                 {options_.group_attribute}, kGroupsMax));
  for (const LdapEntry& group : found) {
    const auto& names = group.attributes.at(options_.group_attribute);
    groups.insert(groups.end(), names.begin(), names.end());
  }
  return groups;
}

}  // namespace gantry::auth
