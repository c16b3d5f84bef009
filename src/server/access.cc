#include "server/access.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

#include "api/admin/api.h"
#include "api/aws_request.h"
#include "api/ecr/api.h"
#include "api/login/api.h"
#include "api/sts/api.h"
#include "api/token/api.h"
#include "api/token/exchange.h"
#include "io/posix_file_system.h"

namespace gantry::server {
namespace {

constexpr const char* kKeyFile = "/secrets.key";
constexpr const char* kAuditFolder = "/audit";
constexpr auto kUpkeepEvery = std::chrono::seconds(1);
constexpr Duration kMaintainEvery = Seconds(60);

auth::TokenServiceOptions TokenOptions(const Config& config) {
  return {config.access.issuer.empty() ? config.access.service : config.access.issuer,
          config.access.service};
}

RateLimits::Options RateOptions(const Config& config) {
  const auto rate = [&config](int per_second) {
    return RateLimits::Rate{
        per_second,
        std::max<int64_t>(1, per_second * config.limits.burst.micros / Seconds(1).micros)};
  };
  RateLimits::Options options;
  options.rates = {rate(config.limits.reads_per_second), rate(config.limits.writes_per_second),
                   rate(config.limits.logins_per_second)};
  return options;
}

// How keys of foreign issuers are fetched: not from this machine's own network by itself, since an
// administrator of an account names them, not one of the machine.
Result<std::unique_ptr<httpc::Client>> IssuerClient(const Config& config) {
  TRY_ASSIGN(httpc::AddressGuard networks, httpc::AddressGuard::Make(config.federation.networks));
  httpc::ClientOptions options;
  options.ca_file = config.federation.ca_file;
  options.guard = std::move(networks);
  return httpc::MakeClient(std::move(options));
}

auth::LdapOptions LdapOptionsOf(const Config::Ldap& config) {
  auth::LdapOptions options;
  options.urls = config.urls;
  options.start_tls = config.start_tls;
  options.ca_file = config.ca_file;
  options.bind_dn = config.bind_dn;
  options.bind_password_file = config.bind_password_file;
  options.user_base = config.user_base;
  options.user_filter = config.user_filter;
  options.user_attribute = config.user_attribute;
  options.group_base = config.group_base;
  options.group_filter = config.group_filter;
  options.group_attribute = config.group_attribute;
  options.member_of = config.member_of;
  return options;
}

std::vector<std::string> Words(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

Result<std::vector<auth::OidcProvider>> OidcProviders(const Config& config) {
  std::vector<auth::OidcProvider> providers;
  for (const Config::OidcProvider& row : config.oidc) {
    auto account = iam::AccountId::Parse(row.account);
    if (!account.ok()) return std::move(account).error().In("oidc: account of " + row.name);
    auth::OidcProvider provider;
    provider.name = row.name;
    provider.issuer = row.issuer;
    provider.client_id = row.client_id;
    provider.client_secret = row.client_secret;
    provider.client_secret_file = row.client_secret_file;
    provider.scopes = Words(row.scopes);
    provider.username_claim = row.username_claim;
    provider.username_prefix = row.username_prefix;
    provider.groups_claim = row.groups_claim;
    provider.group_prefix = row.group_prefix;
    provider.create_groups = row.create_groups;
    provider.account = *std::move(account);
    providers.push_back(std::move(provider));
  }
  return providers;
}

std::unique_ptr<auth::DirectoryLogins> LoginsOf(auth::Directory* directory,
                                                auth::AccessVersions& versions, const Clock& clock,
                                                auth::DirectoryLoginOptions options) {
  if (directory == nullptr) return nullptr;
  return std::make_unique<auth::DirectoryLogins>(*directory, versions, clock, std::move(options));
}

}  // namespace

Result<Access::Outside> Access::OpenOutside(const Config& config, log::Logger& logger) {
  Outside outside;
  if (config.ldap.urls.empty()) return outside;
  auto account = iam::AccountId::Parse(config.ldap.account);
  if (!account.ok()) return std::move(account).error().In("ldap.account");
  outside.options = {*std::move(account), config.ldap.group_prefix, config.ldap.create_groups};
  auto directory = auth::LdapDirectory::Make(LdapOptionsOf(config.ldap), logger);
  if (!directory.ok()) return std::move(directory).error().In("ldap");
  outside.directory = *std::move(directory);
  return outside;
}

Access::Access(const Config& config, db::Db& db, auth::InstallationKey installation_key,
               Outside outside, const Clock& clock, log::Logger& logger)
    : clock_(clock),
      logger_(logger),
      installation_key_(std::move(installation_key)),
      versions_(db),
      signing_keys_(db, installation_key_, clock),
      tokens_(versions_, signing_keys_, installation_key_, clock, TokenOptions(config)),
      lockout_(clock),
      identities_(versions_, installation_key_, passwords_, clock),
      users_directory_(std::move(outside.directory)),
      directory_logins_(
          LoginsOf(users_directory_.get(), versions_, clock, std::move(outside.options))),
      authenticator_(versions_, tokens_, installation_key_, passwords_, lockout_, clock,
                     directory_logins_.get()),
      authorizer_(versions_, logger),
      url_(config.access.url),
      rate_limits_(clock, RateOptions(config)) {}

Result<std::unique_ptr<Access>> Access::Open(const Config& config, const DataFolder& folder,
                                             db::Db& db, meta::IdGenerator& ids, const Clock& clock,
                                             log::Logger& logger) {
  TRY_ASSIGN(auto key, auth::InstallationKey::Open(folder.path() + kKeyFile, db));
  TRY_ASSIGN(auto outside, OpenOutside(config, logger));
  std::unique_ptr<Access> access(
      new Access(config, db, std::move(key), std::move(outside), clock, logger));
  TRY(access->signing_keys_.Maintain());
  TRY_ASSIGN(access->issuers_, IssuerClient(config));
  access->federation_.emplace(db, *access->issuers_, clock, config.federation.allow_http);
  TRY_ASSIGN(auto providers, OidcProviders(config));
  access->oidc_logins_.emplace(std::move(providers), access->versions_, access->installation_key_,
                               *access->issuers_, clock, config.federation.allow_http);
  TRY_ASSIGN(access->first_start_,
             auth::EnsureFirstAccount(access->versions_, ids, access->passwords_, clock));
  TRY(access->versions_.Refresh());
  TRY_ASSIGN(access->audit_files_, io::OpenPosixFileSystem(folder.path() + kAuditFolder));
  TRY_ASSIGN(access->audit_log_, audit::Log::Open(*access->audit_files_, clock, logger));
  access->guard_ = std::make_unique<Guard>(
      GuardOptions{config.anonymous, config.access.service, config.audit.pulls,
                   config.access.token_url},
      access->authenticator_, access->authorizer_, access->rate_limits_, *access->audit_log_);
  TRY(access->directory_.Refresh(db));
  access->upkeep_ = std::thread(&Access::KeepUp, access.get());
  return access;
}

Access::~Access() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  stopped_.SignalAll();
  if (upkeep_.joinable()) upkeep_.join();
}

void Access::KeepUp() {
  Time maintained = clock_.Monotonic();
  for (;;) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) stopped_.WaitFor(mutex_, kUpkeepEvery);
      if (stopping_) return;
    }
    Result<void> done = versions_.Refresh();
    if (done.ok()) done = directory_.Refresh(versions_.db());
    if (done.ok() && clock_.Monotonic() - maintained >= kMaintainEvery) {
      done = signing_keys_.Maintain();
      maintained = clock_.Monotonic();
    }
    if (!done.ok())
      log::Warning(logger_, "access_upkeep_failed").Field("error", done.error().ToString());
  }
}

Result<void> Access::StartAuditExports(const Config::Audit& config, metrics::Registry& metrics) {
  TRY_ASSIGN(audit_exports_,
             AuditExports::Start(config, *audit_log_, *audit_files_, clock_, logger_, metrics));
  return Ok();
}

std::vector<http::Route> Access::TokenRoutes() {
  return api::token::Routes({authenticator_, authorizer_, tokens_, signing_keys_, clock_});
}

std::vector<http::Route> Access::LoginRoutes() {
  return api::login::Routes({*oidc_logins_, tokens_, url_});
}

std::vector<http::Route> Access::ExchangeRoutes() {
  return api::token::ExchangeRoutes({*federation_, tokens_, versions_.db()});
}

std::vector<http::Route> Access::AwsRoutes(Registry& registry, LifecycleWork& lifecycle) {
  const api::ecr::Services services{authenticator_,
                                    authorizer_,
                                    versions_,
                                    tokens_,
                                    installation_key_,
                                    registry.manifests(),
                                    registry.blobs(),
                                    registry.uploads(),
                                    registry.listings(),
                                    registry.pulls(),
                                    registry.repositories(),
                                    lifecycle.lifecycle(),
                                    registry.store().ids,
                                    clock_};
  std::vector<http::Route> routes = api::ecr::DownloadRoutes(services);
  routes.push_back(api::AwsRoute(
      api::ecr::MakeHandler(services),
      api::sts::MakeHandler({authenticator_, *federation_, tokens_, versions_.db()})));
  return routes;
}

std::vector<http::Route> Access::AdminRoutes(core::Listings& listings, const core::Store& store,
                                             LifecycleWork& lifecycle) {
  std::vector<http::Route> routes = api::admin::AccessRoutes(
      {versions_, identities_, tokens_, authorizer_, passwords_, *audit_log_, listings, store.ids,
       clock_, guard_->MayFunction(), store, &lifecycle.lifecycle(), &lifecycle.executor()});
  routes.push_back(api::admin::OpenApiRoute());
  return routes;
}

}  // namespace gantry::server
