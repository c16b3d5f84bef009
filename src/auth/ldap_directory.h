#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/directory.h"
#include "auth/ldap_connection.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "log/log.h"

namespace gantry::auth {

struct LdapOptions {
  std::vector<std::string> urls;  // ldap:// or ldaps://HOST[:PORT]; the first that answers is asked
  bool start_tls = false;         // of ldap://
  std::string ca_file;            // PEM; "" for the system's
  // Who searches; "" for anonymous. The password is read at each login, so that it can be changed.
  std::string bind_dn;
  std::string bind_password_file;

  std::string user_base;
  std::string user_filter = "(uid={user})";
  std::string user_attribute = "uid";  // has the user's name here
  // Groups are searched with `group_filter` ({user}, {dn}) below `group_base`, unless that is "",
  // and taken from the user's `member_of`, unless that is "": the first component of each DN there.
  std::string group_base;
  std::string group_filter = "(member={dn})";
  std::string group_attribute = "cn";  // has the group's name here
  std::string member_of;

  Duration timeout = Seconds(5);  // for the connection, and for each answer
  int connections_max = 8;
};

// Users of an LDAP server, OpenLDAP or Active Directory: finds the entry, then binds as it. What
// goes wrong stands in the log; the errors tell clients nothing of it.
class LdapDirectory : public Directory {
 public:
  // Does not connect. invalid_argument/ldap_options_invalid: a URL of another form; ldap:// without
  // start_tls beyond this machine, where passwords could be read; no user_base; a user_filter
  // without {user}; bind_dn without a file with its password.
  static Result<std::unique_ptr<LdapDirectory>> Make(LdapOptions options, log::Logger& logger);

  Result<std::optional<DirectoryUser>> Check(const std::string& name,
                                             const std::string& password) override;

 private:
  using Found = std::optional<DirectoryUser>;

  LdapDirectory(LdapOptions options, log::Logger& logger)
      : options_(std::move(options)), logger_(logger) {}

  Result<void> Enter();
  void Leave();
  Result<Found> CheckAnywhere(const std::string& name, const std::string& password);
  Result<Found> CheckAt(const std::string& url, const std::string& name,
                        const std::string& password) const;
  Result<void> BindToSearch(LdapConnection& connection) const;
  Result<std::optional<LdapEntry>> FindEntry(LdapConnection& connection,
                                             const std::string& name) const;
  Result<std::vector<std::string>> GroupsOf(LdapConnection& connection, const LdapEntry& entry,
                                            const std::string& name) const;

  const LdapOptions options_;
  log::Logger& logger_;
  Mutex mutex_;
  CondVar left_;
  int running_ GUARDED_BY(mutex_) = 0;
};

}  // namespace gantry::auth
