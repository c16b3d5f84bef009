#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

struct ldap;

namespace gantry::auth {

struct LdapEntry {
  std::string dn;
  // By the names that were asked for; an attribute that is not there has no value.
  std::map<std::string, std::vector<std::string>> attributes;
};

struct LdapConnectionOptions {
  bool start_tls = false;  // of ldap://; ldaps:// speaks TLS anyway
  std::string ca_file;     // PEM; "" for the system's
  Duration timeout;        // for the connection, and for each answer
};

// One conversation with an LDAP server (RFC 4511). The certificate of a TLS server must be good and
// its host's; referrals are not followed. All errors are unavailable/directory_unreachable, with a
// sentence for the log.
// Threads: one at a time.
class LdapConnection {
 public:
  // `url`: "ldap://HOST:PORT" or "ldaps://HOST:PORT".
  static Result<LdapConnection> Open(const std::string& url, const LdapConnectionOptions& options);

  // False: the server says that the entry or its password is not good. REQUIRES: neither is empty,
  // since a server takes an empty password for anonymous, and says that it succeeded.
  Result<bool> Bind(const std::string& dn, const std::string& password);
  // From now on as nobody.
  Result<void> BindAnonymously();

  // The entries below `base` and itself, at most `limit`; an error when there are more and `limit`
  // is over 2, so that 2 asks whether there is exactly one.
  Result<std::vector<LdapEntry>> Search(const std::string& base, const std::string& filter,
                                        const std::vector<std::string>& attributes, int limit);

 private:
  struct Close {
    void operator()(ldap* handle) const;
  };
  using Handle = std::unique_ptr<ldap, Close>;

  LdapConnection(Handle handle, Duration timeout) : handle_(std::move(handle)), timeout_(timeout) {}
  Error Failed(const std::string& what, int code) const;
  Result<int> BindCode(const std::string& dn, const std::string& password);

  Handle handle_;
  Duration timeout_;
};

// The value of the first component of a distinguished name ("devs" of "cn=devs,ou=groups"), "" when
// it is none.
std::string FirstComponent(const std::string& dn);

}  // namespace gantry::auth
