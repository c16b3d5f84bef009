#include "server/guard_rule.h"

#include <string_view>
#include <utility>

#include "api/project_segment.h"
#include "base/assert.h"

namespace gantry::server {
namespace {

constexpr std::string_view kAuthenticated = "authenticated";
constexpr std::string_view kAnyone = "anyone";
constexpr std::string_view kHandler = "handler";

bool HasParameter(const http::Route& route, std::string_view name) {
  const std::string with = "{" + std::string(name);
  return route.pattern.find(with + "}") != std::string::npos ||
         route.pattern.find(with + "...}") != std::string::npos;
}

}  // namespace

bool IsLocal(const http::Request& request) { return request.peer == http::kUnixPeer; }

bool IsChange(const http::Request& request) {
  return request.method != http::Method::kGet && request.method != http::Method::kHead;
}

GuardRule GuardRule::Of(const http::Route& route, GuardRenderer render) {
  GuardRule rule;
  rule.action = iam::FindAction(route.action);
  rule.anyone = route.action == kAnyone;
  rule.by_handler = route.action == kHandler;
  GANTRY_ASSERT(rule.action || rule.anyone || rule.by_handler || route.action == kAuthenticated);
  rule.by_repository = HasParameter(route, "name") && route.action.starts_with("repository:");
  rule.by_reference = rule.by_repository && HasParameter(route, "reference");
  rule.by_project = HasParameter(route, "project");
  rule.by_account = HasParameter(route, "account");
  rule.is_repository_api = route.pattern.starts_with("/v2");
  rule.render = std::move(render);
  return rule;
}

iam::Resource GuardRule::ResourceOf(const http::Request& request,
                                    const iam::AccountId& account) const {
  if (by_repository) return iam::Resource::Repository(account, request.Parameter("name"));
  if (by_project)
    return iam::Resource::Project(account, api::ProjectOfSegment(request.Parameter("project")));
  return iam::Resource::Account(account);
}

RateLimits::Kind GuardRule::KindOf(const http::Request& request,
                                   const auth::Session* session) const {
  if (by_handler || anyone || session == nullptr) return RateLimits::Kind::kLogin;
  return IsChange(request) ? RateLimits::Kind::kWrite : RateLimits::Kind::kRead;
}

std::string GuardRule::TokenScope(const http::Request& request) const {
  if (!by_repository || !action) return "";
  std::string scope = "repository:" + std::string(request.Parameter("name"));
  switch (*action) {
    case iam::Action::kRepositoryPush:
      return scope + ":pull,push";
    case iam::Action::kRepositoryDelete:
      return scope + ":delete";
    default:
      return scope + ":pull";
  }
}

}  // namespace gantry::server
