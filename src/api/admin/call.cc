#include "api/admin/call.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/admin/errors.h"
#include "api/caller.h"
#include "api/project_segment.h"
#include "meta/accounts.h"
#include "oci/reference.h"

namespace gantry::api::admin {
namespace {

constexpr const char* kPrefix = "/api/admin/v1";
constexpr const char* kAccountPrefix = "/api/admin/v1/accounts/{account}";

Error AccountUnknown() {
  return NotFound("account_unknown", "there is no such account; gantry account list shows them");
}

Result<iam::AccountId> AccountOf(const http::Request& request) {
  if (request.account.empty()) return iam::AccountId::Default();
  if (request.account == http::kUnknownAccount) return AccountUnknown();
  return iam::AccountId::Parse(request.account);
}

// An account that a path names, which may not exist.
Result<iam::AccountId> NamedAccount(const AccessServices& services, const http::Request& request) {
  TRY_ASSIGN(const auto account, iam::AccountId::Parse(request.Parameter("account")));
  bool exists = false;
  TRY(services.access.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto row, meta::FindAccount(tx, account));
    exists = row.has_value();
    return Ok();
  }));
  if (!exists) return AccountUnknown();
  return account;
}

http::Handler HandlerOf(const Row& row, std::shared_ptr<const AccessServices> services,
                        bool names_account) {
  return [call = row.call, services = std::move(services),
          names_account](http::Request& request) -> http::Response {
    const auto account = names_account ? NamedAccount(*services, request) : AccountOf(request);
    if (!account.ok()) return RenderError(account.error());
    auto response = call({*services, request, *account});
    return response.ok() ? std::move(response).value() : RenderError(response.error());
  };
}

http::Route RouteOf(const Row& row, const char* prefix) {
  http::Route route;
  route.method = row.method;
  route.pattern = std::string(prefix) + row.pattern;
  route.name = row.name;
  route.action = row.action;
  route.body_bytes_max = row.body_bytes_max;
  return route;
}

}  // namespace

const auth::Session& Call::session() const { return CallerOf(request); }

std::string Call::Parameter(std::string_view name) const {
  return std::string(request.Parameter(name));
}

Result<void> Call::Read(db::TxFunction function) const {
  return services.access.db().Read(function);
}

Result<void> Call::Write(db::TxFunction function) const { return services.access.Write(function); }

void AddRoutes(std::span<const Row> rows, const AccessServices& services,
               std::vector<http::Route>& routes) {
  const auto shared = std::make_shared<const AccessServices>(services);
  for (const Row& row : rows) {
    const bool names_account = std::string_view(row.pattern).find("{account}") != std::string::npos;
    http::Route route = RouteOf(row, kPrefix);
    route.handler = HandlerOf(row, shared, names_account);
    routes.push_back(std::move(route));
    if (!row.of_account) continue;
    http::Route other = RouteOf(row, kAccountPrefix);
    other.handler = HandlerOf(row, shared, true);
    routes.push_back(std::move(other));
  }
}

Result<Scope> ScopeOfRepository(const Call& call) {
  TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(call.request.Parameter("name")));
  return Scope{iam::Resource::Repository(call.account, name.text()), {"repository", name.text()}};
}

Result<Scope> ScopeOfProject(const Call& call) {
  const std::string name(ProjectOfSegment(call.request.Parameter("project")));
  const auto parsed = oci::RepositoryName::Parse(name);
  if (!name.empty() && (!parsed.ok() || name.find('/') != std::string::npos)) {
    return InvalidArgument("project_invalid",
                           "\"" + name.substr(0, 64) +
                               "\" is no name of a project: lower-case letters and digits with "
                               "single . _ - between; the root project is \"-\"");
  }
  return Scope{iam::Resource::Project(call.account, name), {"project", name}};
}

Scope ScopeOfAccount(const Call& call) {
  return {iam::Resource::Account(call.account), {"account", ""}};
}

Result<void> CheckName(std::string_view name, const char* what) {
  const auto is_alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool fits = !name.empty() && name.size() <= 64 && is_alphanumeric(name.front()) &&
                    std::all_of(name.begin(), name.end(), [&](char c) {
                      return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
                    });
  if (fits) return Ok();
  return InvalidArgument("name_invalid", "\"" + std::string(name.substr(0, 64)) +
                                             "\" is no name of a " + what +
                                             ": 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit "
                                             "first");
}

}  // namespace gantry::api::admin
