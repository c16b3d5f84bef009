#pragma once

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "audit/log.h"
#include "auth/access_versions.h"
#include "auth/authenticator.h"
#include "auth/authorizer.h"
#include "auth/bootstrap.h"
#include "auth/directory_logins.h"
#include "auth/federation.h"
#include "auth/identities.h"
#include "auth/installation_key.h"
#include "auth/ldap_directory.h"
#include "auth/lockout.h"
#include "auth/oidc_logins.h"
#include "auth/signing_keys.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "core/listings.h"
#include "crypto/password.h"
#include "db/db.h"
#include "http/handler.h"
#include "httpc/client.h"
#include "io/file_system.h"
#include "log/log.h"
#include "meta/ids.h"
#include "metrics/metrics.h"
#include "server/account_directory.h"
#include "server/audit_exports.h"
#include "server/config.h"
#include "server/data_folder.h"
#include "server/guard.h"
#include "server/lifecycle_work.h"
#include "server/rate_limits.h"
#include "server/registry.h"

namespace gantry::server {

// Who may come in, what they may do, and the record of what they did: the parts of auth/ and audit/
// over one database, and the guard that uses them. Lives at one address. Threads: as its parts.
class Access {
 public:
  // REQUIRES: the schema is up to date. Makes the installation's key, its first signing key and, in
  // an empty database, the default account with its administrator. All references outlive this.
  static Result<std::unique_ptr<Access>> Open(const Config& config, const DataFolder& folder,
                                              db::Db& db, meta::IdGenerator& ids,
                                              const Clock& clock, log::Logger& logger);
  ~Access();
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  // The administrator that this start made, with his password: for the terminal, once.
  const std::optional<auth::FirstStart>& first_start() const { return first_start_; }

  // Without the guard.
  // Exchanges of foreign tokens.
  std::vector<http::Route> ExchangeRoutes();
  // What clients of AWS speak: ECR and STS.
  std::vector<http::Route> AwsRoutes(Registry& registry, LifecycleWork& lifecycle);
  std::vector<http::Route> TokenRoutes();
  // Where people log in with a browser.
  std::vector<http::Route> LoginRoutes();
  std::vector<http::Route> AdminRoutes(core::Listings& listings, const core::Store& store,
                                       LifecycleWork& lifecycle);

  Guard& guard() { return *guard_; }
  const AccountDirectory& directory() const { return directory_; }
  auth::Authorizer& authorizer() { return authorizer_; }
  auth::AccessVersions& versions() { return versions_; }
  auth::Identities& identities() { return identities_; }
  auth::TokenService& tokens() { return tokens_; }
  auth::SigningKeys& signing_keys() { return signing_keys_; }
  auth::Authenticator& authenticator() { return authenticator_; }
  audit::Log& audit_log() { return *audit_log_; }
  // Begins to export the audit log as the configuration says. `metrics` outlives this.
  Result<void> StartAuditExports(const Config::Audit& config, metrics::Registry& metrics);

 private:
  // Users who log in from outside; `directory` is nullptr when there are none.
  struct Outside {
    std::unique_ptr<auth::Directory> directory;
    auth::DirectoryLoginOptions options;
  };
  static Result<Outside> OpenOutside(const Config& config, log::Logger& logger);

  Access(const Config& config, db::Db& db, auth::InstallationKey installation_key, Outside outside,
         const Clock& clock, log::Logger& logger);

  // Every second: what other nodes changed, and new names of accounts; every minute: the keys that
  // sign tokens.
  void KeepUp();

  const Clock& clock_;
  log::Logger& logger_;
  const auth::InstallationKey installation_key_;
  crypto::PasswordHasher passwords_;
  auth::AccessVersions versions_;
  auth::SigningKeys signing_keys_;
  auth::TokenService tokens_;
  auth::Lockout lockout_;
  auth::Identities identities_;
  const std::unique_ptr<auth::Directory> users_directory_;         // nullptr: none
  const std::unique_ptr<auth::DirectoryLogins> directory_logins_;  // the same
  auth::Authenticator authenticator_;
  auth::Authorizer authorizer_;
  std::unique_ptr<httpc::Client> issuers_;  // how their keys are fetched
  std::optional<auth::Federation> federation_;
  std::optional<auth::OidcLogins> oidc_logins_;
  const std::string url_;  // of this installation; "": as each request says
  std::optional<auth::FirstStart> first_start_;
  std::unique_ptr<io::FileSystem> audit_files_;
  std::unique_ptr<audit::Log> audit_log_;
  std::unique_ptr<AuditExports> audit_exports_;
  RateLimits rate_limits_;
  std::unique_ptr<Guard> guard_;
  AccountDirectory directory_;
  Mutex mutex_;
  CondVar stopped_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread upkeep_;
};

}  // namespace gantry::server
