#include "api/admin/testing/admin_fixture.h"

#include "api/admin/errors.h"
#include "api/caller.h"
#include "api/project_segment.h"
#include "io/posix_file_system.h"
#include "meta/accounts.h"
#include "meta/groups.h"
#include "meta/policies.h"
#include "meta/users.h"

namespace gantry::api::admin {
namespace {

using core::Must;

Answer AnswerOf(const http::Response& response) {
  return {response.status, std::get<std::string>(response.body)};
}

std::string LowerCase(std::string_view text) {
  std::string lower;
  for (const char c : text) lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return lower;
}

bool Has(const http::Route& route, const char* parameter) {
  return route.pattern.find(parameter) != std::string::npos;
}

}  // namespace

json::Document Answer::Document() const { return Must(json::Document::Parse(body)); }

std::string Answer::Text(std::string_view name) const {
  const auto document = Document();
  const json::Value value = document.root().Find(name);
  return value ? std::string(value.String().value_or("")) : "";
}

std::string Answer::Reason() const {
  if (status < 400) return "";
  const auto document = Document();
  return std::string(*document.root().Find("error").Find("reason").String());
}

AdminTest::AdminTest() {
  audit_files_ = Must(io::OpenPosixFileSystem(folder_ + "/audit"));
  audit_ = Must(audit::Log::Open(*audit_files_, system_clock_, logger_));
  Seed();
  EXPECT_EQ(core::ReasonOf(access_.Refresh()), "");
  EXPECT_EQ(core::ReasonOf(signing_keys_.Maintain()), "");
  routes_ = Routes(
      {collector_, scrubber_, trash_, statistics_, access_,
       [](const std::string&) -> Result<core::BackupProgress> { return core::BackupProgress{}; }});
  AccessServices services{access_,
                          identities_,
                          tokens_,
                          authorizer_,
                          passwords_,
                          *audit_,
                          listings_,
                          store_.ids,
                          clock_,
                          [this](const http::Request& request, iam::Action action,
                                 const iam::Resource& resource) -> Result<bool> {
                            return May(request, action, resource);
                          },
                          store_,
                          &lifecycle_,
                          &lifecycle_runs_};
  for (http::Route& route : AccessRoutes(services)) routes_.push_back(std::move(route));
  routes_.push_back(OpenApiRoute());
  router_ = std::make_unique<http::Router>(routes_);
}

AdminTest::~AdminTest() = default;

void AdminTest::Seed() {
  const iam::AccountId account = iam::AccountId::Default();
  const auto bind = [&](db::Tx& tx, const char* role, const char* principal) -> Result<void> {
    meta::RoleBinding binding;
    binding.scope = {"account", ""};
    binding.role = role;
    binding.principal = principal;
    TRY(meta::AddRoleBinding(tx, store_.ids, account, binding));
    return Ok();
  };
  EXPECT_EQ(core::ReasonOf(access_.Write([&](db::Tx& tx) -> Result<void> {
              TRY(meta::InsertAccount(tx, {account, "default", clock_.Now()}));
              TRY(meta::InsertAccount(tx, {Account(kOther), "other", clock_.Now()}));
              for (const char* name : {"root", "boss"}) {
                TRY(meta::InsertUser(tx, account, {name, "", "", false, false, clock_.Now()}));
              }
              TRY(bind(tx, "system-admin", "user:root"));
              return bind(tx, "account-admin", "user:boss");
            })),
            "");
}

auth::SessionPtr AdminTest::SessionOf(const std::string& user) {
  auth::Session session{.principal = {.account = iam::AccountId::Default()}};
  session.started_at = clock_.Now();
  if (!user.empty()) {
    session.principal.kind = iam::PrincipalKind::kUser;
    session.principal.name = user;
    EXPECT_EQ(core::ReasonOf(database_->Read([&](db::Tx& tx) -> Result<void> {
                TRY_ASSIGN(session.principal.groups,
                           meta::GroupsOf(tx, session.principal.account, user));
                return Ok();
              })),
              "");
  }
  return auth::Share(std::move(session));
}

bool AdminTest::May(const http::Request& request, iam::Action action,
                    const iam::Resource& resource) {
  iam::RequestContext context;
  context.now = clock_.Now();
  return Must(authorizer_.Decide(CallerOf(request), action, resource, context)).allowed();
}

// What the guard does before a handler.
std::optional<Answer> AdminTest::Refuse(const http::Route& route, const http::Request& request) {
  if (route.action.empty()) return std::nullopt;
  const auto action = iam::FindAction(route.action);
  EXPECT_TRUE(action.has_value()) << route.action;
  const auto account = Has(route, "{account}") ? Account(std::string(request.Parameter("account")))
                                               : iam::AccountId::Default();
  iam::Resource resource = iam::Resource::Account(account);
  if (Has(route, "{project}")) {
    resource = iam::Resource::Project(account, ProjectOfSegment(request.Parameter("project")));
  }
  if (Has(route, "{name...}")) {
    resource = iam::Resource::Repository(account, request.Parameter("name"));
  }
  if (May(request, *action, resource)) return std::nullopt;
  return AnswerOf(RenderError(Error(Code::kPermissionDenied, "denied", route.action)));
}

Answer AdminTest::Send(const std::string& user, http::Method method, const std::string& target,
                       const std::string& body) {
  http::Request request;
  request.method = method;
  request.target = "/api/admin/v1" + target;
  request.path = request.target.substr(0, request.target.find('?'));
  if (request.path.size() < request.target.size())
    request.query = request.target.substr(request.path.size() + 1);
  request.peer = peer_;
  request.body = body;
  SetCaller(request, SessionOf(user));
  const auto match = router_->Find(request);
  if (match.route == nullptr) {
    ADD_FAILURE() << "no route for " << http::MethodName(method) << " " << target;
    return {};
  }
  auto answer = Refuse(*match.route, request);
  if (!answer) answer = AnswerOf(std::get<http::Handler>(match.route->handler)(request));
  EXPECT_EQ(open_api_.Problem(OpenApiCheck::PathOf(match.route->pattern),
                              LowerCase(http::MethodName(method)), answer->status, answer->body),
            "")
      << http::MethodName(method) << " " << target << ": " << answer->body;
  return *answer;
}

void AdminTest::AddUser(const std::string& name, const std::string& role,
                        const std::string& scope) {
  EXPECT_EQ(Post("root", "/users", R"({"name":")" + name + R"("})").status, 201);
  EXPECT_EQ(Post("root", scope, R"({"role":")" + role + R"(","principal":"user:)" + name + R"("})")
                .status,
            201);
}

}  // namespace gantry::api::admin
