#include "auth/ldap_connection.h"

#include <ldap.h>

#include <utility>

#include "base/assert.h"

namespace gantry::auth {
namespace {

timeval ToTimeval(Duration duration) {
  return {duration.micros / Seconds(1).micros, duration.micros % Seconds(1).micros};
}

Error Unreachable(const std::string& what, int code, const std::string& more = "") {
  return Unavailable("directory_unreachable",
                     what + ": " + ldap_err2string(code) + (more.empty() ? "" : " (" + more + ")"));
}

// What the server or the TLS library had to say.
std::string Diagnostic(LDAP* handle) {
  char* text = nullptr;
  ldap_get_option(handle, LDAP_OPT_DIAGNOSTIC_MESSAGE, &text);
  const std::string diagnostic = text == nullptr ? "" : text;
  ldap_memfree(text);
  return diagnostic;
}

bool SetInt(LDAP* handle, int option, int value) {
  return ldap_set_option(handle, option, &value) == LDAP_OPT_SUCCESS;
}

bool SetBasics(LDAP* handle, Duration timeout) {
  const timeval limit = ToTimeval(timeout);
  return SetInt(handle, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3) &&
         ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
         ldap_set_option(handle, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
         ldap_set_option(handle, LDAP_OPT_NETWORK_TIMEOUT, &limit) == LDAP_OPT_SUCCESS &&
         ldap_set_option(handle, LDAP_OPT_TIMEOUT, &limit) == LDAP_OPT_SUCCESS;
}

// Whatever the machine's ldap.conf says. The context is made last: it takes what is set by then.
bool SetTls(LDAP* handle, const std::string& ca_file) {
  if (!ca_file.empty() &&
      ldap_set_option(handle, LDAP_OPT_X_TLS_CACERTFILE, ca_file.c_str()) != LDAP_OPT_SUCCESS) {
    return false;
  }
  return SetInt(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND) &&
         SetInt(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2) &&
         SetInt(handle, LDAP_OPT_X_TLS_NEWCTX, 0);
}

struct FreeMessage {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
struct FreeValues {
  void operator()(berval** values) const { ldap_value_free_len(values); }
};

std::vector<std::string> ValuesOf(LDAP* handle, LDAPMessage* entry, const std::string& attribute) {
  std::vector<std::string> values;
  const std::unique_ptr<berval*, FreeValues> found(
      ldap_get_values_len(handle, entry, attribute.c_str()));
  for (berval** value = found.get(); value != nullptr && *value != nullptr; ++value) {
    values.emplace_back((*value)->bv_val, (*value)->bv_len);
  }
  return values;
}

LdapEntry EntryOf(LDAP* handle, LDAPMessage* message, const std::vector<std::string>& attributes) {
  LdapEntry entry;
  char* dn = ldap_get_dn(handle, message);
  entry.dn = dn == nullptr ? "" : dn;
  ldap_memfree(dn);
  for (const std::string& attribute : attributes) {
    entry.attributes[attribute] = ValuesOf(handle, message, attribute);
  }
  return entry;
}

}  // namespace

void LdapConnection::Close::operator()(ldap* handle) const {
  ldap_unbind_ext_s(handle, nullptr, nullptr);
}

Error LdapConnection::Failed(const std::string& what, int code) const {
  return Unreachable(what, code, Diagnostic(handle_.get()));
}

Result<LdapConnection> LdapConnection::Open(const std::string& url,
                                            const LdapConnectionOptions& options) {
  LDAP* raw = nullptr;
  const int made = ldap_initialize(&raw, url.c_str());
  if (made != LDAP_SUCCESS) return Unreachable("the URL is not good", made);
  LdapConnection connection(Handle(raw), options.timeout);
  if (!SetBasics(raw, options.timeout)) return Unreachable("setting up", LDAP_LOCAL_ERROR);
  const bool tls = options.start_tls || url.starts_with("ldaps:");
  if (tls && !SetTls(raw, options.ca_file)) {
    return Unreachable("setting up TLS with the CA file \"" + options.ca_file + "\"",
                       LDAP_LOCAL_ERROR);
  }
  if (options.start_tls && !url.starts_with("ldaps:")) {
    const int started = ldap_start_tls_s(raw, nullptr, nullptr);
    if (started != LDAP_SUCCESS) return connection.Failed("StartTLS", started);
  }
  return connection;
}

Result<int> LdapConnection::BindCode(const std::string& dn, const std::string& password) {
  std::string secret = password;
  berval credentials{static_cast<ber_len_t>(secret.size()), secret.data()};
  return ldap_sasl_bind_s(handle_.get(), dn.c_str(), LDAP_SASL_SIMPLE, &credentials, nullptr,
                          nullptr, nullptr);
}

Result<bool> LdapConnection::Bind(const std::string& dn, const std::string& password) {
  GANTRY_ASSERT(!dn.empty() && !password.empty());
  TRY_ASSIGN(const int code, BindCode(dn, password));
  switch (code) {
    case LDAP_SUCCESS:
      return true;
    case LDAP_INVALID_CREDENTIALS:   // also disabled, locked or expired (Active Directory)
    case LDAP_INAPPROPRIATE_AUTH:    // the entry has no password
    case LDAP_NO_SUCH_OBJECT:        // it went meanwhile
    case LDAP_INSUFFICIENT_ACCESS:   // it may not bind
    case LDAP_UNWILLING_TO_PERFORM:  // disabled (389 Directory Server)
    case LDAP_CONSTRAINT_VIOLATION:  // too many wrong passwords (the same)
      return false;
    default:
      return Failed("bind as " + dn, code);
  }
}

Result<void> LdapConnection::BindAnonymously() {
  TRY_ASSIGN(const int code, BindCode("", ""));
  if (code != LDAP_SUCCESS) return Failed("anonymous bind", code);
  return Ok();
}

Result<std::vector<LdapEntry>> LdapConnection::Search(const std::string& base,
                                                      const std::string& filter,
                                                      const std::vector<std::string>& attributes,
                                                      int limit) {
  std::vector<std::string> names = attributes;
  std::vector<char*> wanted;
  for (std::string& name : names) wanted.push_back(name.data());
  wanted.push_back(nullptr);
  timeval timeout = ToTimeval(timeout_);
  LDAPMessage* raw = nullptr;
  const int code =
      ldap_search_ext_s(handle_.get(), base.c_str(), LDAP_SCOPE_SUBTREE, filter.c_str(),
                        wanted.data(), 0, nullptr, nullptr, &timeout, limit, &raw);
  const std::unique_ptr<LDAPMessage, FreeMessage> answer(raw);
  const bool more_than_one = limit == 2 && code == LDAP_SIZELIMIT_EXCEEDED;
  if (code != LDAP_SUCCESS && !more_than_one) {
    return Failed("search below \"" + base + "\" for " + filter, code);
  }
  std::vector<LdapEntry> entries;
  for (LDAPMessage* entry = ldap_first_entry(handle_.get(), answer.get()); entry != nullptr;
       entry = ldap_next_entry(handle_.get(), entry)) {
    entries.push_back(EntryOf(handle_.get(), entry, attributes));
  }
  return entries;
}

std::string FirstComponent(const std::string& dn) {
  LDAPDN parsed = nullptr;
  if (ldap_str2dn(dn.c_str(), &parsed, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS) return "";
  std::string value;
  if (parsed != nullptr && parsed[0] != nullptr && parsed[0][0] != nullptr) {
    const berval& first = parsed[0][0]->la_value;
    value.assign(first.bv_val, first.bv_len);
  }
  ldap_dnfree(parsed);
  return value;
}

}  // namespace gantry::auth
