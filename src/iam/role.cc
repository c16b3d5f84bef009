#include "iam/role.h"

namespace gantry::iam {
namespace {

using enum Action;

constexpr ActionSet kReader = {kRepositoryPull, kRepositoryList, kProjectRead, kAccountCatalog};
constexpr ActionSet kPushing = {kRepositoryPush};
constexpr ActionSet kCreating = {kRepositoryCreate};
constexpr ActionSet kWriter = kReader | kPushing | kCreating;
constexpr ActionSet kRepositoryAdministrator =
    kWriter | ActionSet{kRepositoryDelete, kRepositoryUpdate, kRepositoryAdmin};
constexpr ActionSet kProjectAdministrator =
    kRepositoryAdministrator |
    ActionSet{kProjectRead, kProjectCreate, kProjectUpdate, kProjectDelete, kProjectAdmin};
constexpr ActionSet kAuditor = {kAuditRead, kRepositoryList, kAccountRead, kAccountCatalog,
                                kProjectRead};
constexpr ActionSet kAccountAdministrator = ActionSet::All() - ActionSet{kSystemOperate};

constexpr BuiltInRole kRoles[] = {
    {"reader", kReader, "pull and list"},
    {"writer", kWriter, "pull, list and push, which creates repositories"},
    {"repository-admin", kRepositoryAdministrator, "writer, and delete, settings and policies"},
    {"project-admin", kProjectAdministrator, "repository-admin, and the project itself"},
    {"auditor", kAuditor, "see everything that is no content, and the audit log"},
    {"account-admin", kAccountAdministrator, "everything in the account"},
    {kSystemAdmin, ActionSet::All(), "everything, in every account"},
    {"roles/artifactregistry.reader", kReader, "pull and list"},
    {"roles/artifactregistry.writer", kReader | kPushing, "pull, list and push"},
    {"roles/artifactregistry.createOnPushWriter", kWriter,
     "pull, list and push, which creates repositories"},
    {"roles/artifactregistry.repoAdmin", kReader | kPushing | ActionSet{kRepositoryDelete},
     "pull, list, push and delete"},
    {"roles/artifactregistry.createOnPushRepoAdmin", kWriter | ActionSet{kRepositoryDelete},
     "pull, list, push, which creates repositories, and delete"},
    {"roles/artifactregistry.admin", kProjectAdministrator, "everything in a project"},
};

}  // namespace

std::span<const BuiltInRole> BuiltInRoles() { return kRoles; }

std::optional<ActionSet> FindBuiltInRole(std::string_view name) {
  for (const BuiltInRole& role : kRoles) {
    if (role.name == name) return role.actions;
  }
  return std::nullopt;
}

}  // namespace gantry::iam
