#include "meta/projects.h"

#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"
#include "meta/policies.h"
#include "meta/repositories.h"
#include "oci/reference.h"

namespace gantry::api::admin {
namespace {

void WriteProject(json::Writer& writer, const meta::Project& project) {
  writer.BeginObject();
  writer.Key("name").String(project.name).Key("anonymousPull").Bool(project.anonymous_pull);
  WriteTime(writer, "created", project.created_at, project.created_at.micros == 0);
  writer.EndObject();
}

Error ProjectUnknown() {
  return NotFound("project_unknown",
                  "there is no such project; POST /projects makes one, and so does the first push "
                  "to PROJECT/NAME");
}

// Whether repositories of that project are there. They lie together in the list of names.
Result<bool> HasRepositories(db::Tx& tx, const iam::AccountId& account,
                             const std::string& project) {
  const std::string prefix = project + "/";
  TRY_ASSIGN(const auto next, meta::ListRepositoryNames(tx, account, prefix, 1));
  return !next.empty() && next.front().starts_with(prefix);
}

// A project is there when it was made, or when it has repositories; the root project always.
Result<std::optional<meta::Project>> Find(db::Tx& tx, const iam::AccountId& account,
                                          const std::string& name) {
  TRY_ASSIGN(auto project, meta::FindProject(tx, account, name));
  if (project) return project;
  TRY_ASSIGN(const bool used, HasRepositories(tx, account, name));
  if (!used && !name.empty()) return std::optional<meta::Project>();
  return std::optional(meta::Project{name, false, {}});
}

// Whoever opens a project to everybody gives what a reader has.
Result<void> RequirePull(const Call& call, const iam::Resource& project) {
  return RequireActions(call, {iam::Action::kRepositoryPull, iam::Action::kRepositoryList},
                        project);
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  const auto after = call.request.Query("last");
  std::vector<meta::Project> projects;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(projects, meta::ListProjects(tx, call.account, after, page.n + 1));
    return Ok();
  }));
  return PageAnswer("projects", projects, page.n, WriteProject);
}

Result<http::Response> Show(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  std::optional<meta::Project> project;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(project, Find(tx, call.account, scope.stored.name));
    return Ok();
  }));
  if (!project) return ProjectUnknown();
  return ItemAnswer(*project, WriteProject);
}

Result<http::Response> Create(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"name", "anonymousPull"}));
  TRY_ASSIGN(const std::string name, body.Text("name"));
  TRY_ASSIGN(const auto anonymous_pull, body.OptionalBool("anonymousPull"));
  const auto component = oci::RepositoryName::Parse(name);
  if (!component.ok() || name.find('/') != std::string::npos) {
    return InvalidArgument("project_invalid",
                           "\"" + name.substr(0, 64) +
                               "\" is no name of a project: lower-case letters and digits with "
                               "single . _ - between");
  }
  const meta::Project project{name, anonymous_pull.value_or(false), call.now()};
  if (project.anonymous_pull) {
    TRY(RequirePull(call, iam::Resource::Project(call.account, name)));
  }
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto existing, meta::FindProject(tx, call.account, name));
    if (existing) {
      return Error(Code::kAlreadyExists, "project_exists",
                   "there is a project \"" + name + "\" already; PATCH changes it");
    }
    return meta::PutProject(tx, call.account, project);
  }));
  return ItemAnswer(project, WriteProject, 201);
}

Result<http::Response> Change(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"anonymousPull"}));
  TRY_ASSIGN(const auto anonymous_pull, body.OptionalBool("anonymousPull"));
  if (anonymous_pull.value_or(false)) TRY(RequirePull(call, scope.resource));
  std::optional<meta::Project> project;
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(project, Find(tx, call.account, scope.stored.name));
    if (!project) return ProjectUnknown();
    if (anonymous_pull) project->anonymous_pull = *anonymous_pull;
    if (project->created_at.micros == 0) project->created_at = call.now();
    return meta::PutProject(tx, call.account, *project);
  }));
  return ItemAnswer(*project, WriteProject);
}

Result<http::Response> Delete(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  const std::string& name = scope.stored.name;
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool used, HasRepositories(tx, call.account, name));
    if (used) {
      return Error(Code::kFailedPrecondition, "project_not_empty",
                   "the project still has repositories; delete them first");
    }
    TRY_ASSIGN(const bool deleted, meta::DeleteProject(tx, call.account, name));
    if (!deleted) return ProjectUnknown();
    return meta::DeletePoliciesOf(tx, call.account, scope.stored);
  }));
  return Done();
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/projects", "admin_projects", "project:Read", ListAll},
    {http::Method::kPost, "/projects", "admin_project_create", "project:Create", Create},
    {http::Method::kGet, "/projects/{project}", "admin_project", "project:Read", Show},
    {http::Method::kPatch, "/projects/{project}", "admin_project_change", "project:Update", Change},
    {http::Method::kDelete, "/projects/{project}", "admin_project_delete", "project:Delete",
     Delete},
};

}  // namespace

std::span<const Row> ProjectRows() { return kRows; }

}  // namespace gantry::api::admin
