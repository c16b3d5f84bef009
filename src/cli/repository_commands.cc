#include <utility>

#include "cli/admin_command.h"

namespace gantry::cli {
namespace {

const Argument kRepository = {"REPOSITORY", "Name of the repository", nullptr, true};
const Argument kTag = {"TAG", "The tag"};
const Argument kProject = {"PROJECT", "Name of the project; the root project is -"};
const Option kMutability = {"--tag-mutability", "tagMutability", OptionKind::kText,
                            "MUTABLE, IMMUTABLE, IMMUTABLE_WITH_EXCLUSION or "
                            "MUTABLE_WITH_EXCLUSION"};
const Option kFilter = {"--filter", "mutabilityFilters", OptionKind::kTexts,
                        "Exception of the mutability, such as dev-*; may be repeated"};
const Option kDescription = {"--description", "description", OptionKind::kText, "What it is for"};
const Option kLabel = {"--label", "labels", OptionKind::kPairs, "KEY=VALUE; may be repeated"};
const Option kReason = {"--reason", "reason", OptionKind::kText, "Why; kept with it"};
const Option kForce = {"--force", "force", OptionKind::kTrue, "Although it is pinned"};

std::vector<AdminCommand> SettingsCommands() {
  return {
      {.group = "repository",
       .name = "list",
       .help = "The repositories of the account that one may list",
       .path = "/repositories",
       .list = "repositories",
       .columns = {{"NAME", "name"},
                   {"TAGS", "tags"},
                   {"MANIFESTS", "manifests"},
                   {"BYTES", "blobBytes"},
                   {"UPDATED", "updated"}},
       .page_key = "name"},
      {.group = "repository",
       .name = "show",
       .help = "What a repository is set to",
       .path = "/repositories/{REPOSITORY}/settings",
       .arguments = {kRepository}},
      {.group = "repository",
       .name = "create",
       .help = "Make a repository",
       .method = "POST",
       .path = "/repositories/{REPOSITORY}/settings",
       .arguments = {kRepository},
       .options = {kMutability, kFilter, kDescription, kLabel}},
      {.group = "repository",
       .name = "set",
       .help = "Change what a repository is set to; labels are added",
       .method = "PATCH",
       .path = "/repositories/{REPOSITORY}/settings",
       .arguments = {kRepository},
       .options = {kMutability, kFilter, kDescription, kLabel}},
      {.group = "repository",
       .name = "delete",
       .help = "Move a repository into the trash; gantry run restore brings it back",
       .method = "POST",
       .path = "/repositories/{REPOSITORY}/deletion",
       .arguments = {kRepository},
       .options = {{"--not-empty-too", "notEmptyToo", OptionKind::kTrue,
                    "With all the images that are in it"},
                   kForce,
                   kReason}},
      {.group = "repository",
       .name = "delete-image",
       .help = "Move an image or a tag into the trash",
       .method = "POST",
       .path = "/repositories/{REPOSITORY}/image-deletions",
       .arguments = {kRepository, {"REFERENCE", "A tag, or the digest of an image", "reference"}},
       .options = {kForce, kReason}},
      {.group = "tag",
       .name = "lock",
       .help = "Let a tag stay where it is: it is neither moved nor deleted",
       .method = "PUT",
       .path = "/repositories/{REPOSITORY}/tag-locks/{TAG}",
       .arguments = {kRepository, kTag}},
      {.group = "tag",
       .name = "unlock",
       .help = "Let a tag be moved and deleted again",
       .method = "DELETE",
       .path = "/repositories/{REPOSITORY}/tag-locks/{TAG}",
       .arguments = {kRepository, kTag}},
  };
}

std::vector<AdminCommand> ImmutabilityCommands() {
  return {
      {.group = "immutability",
       .name = "list",
       .help = "The rules by which tags of a project stay where they are",
       .path = "/projects/{PROJECT}/immutability-rules",
       .arguments = {kProject},
       .list = "rules",
       .columns = {{"ID", "id"},
                   {"REPOSITORIES", "repositories"},
                   {"EXCLUDED", "repositoriesExclude"},
                   {"TAGS", "tags"},
                   {"EXCLUDED", "tagsExclude"},
                   {"DISABLED", "disabled"}}},
      {.group = "immutability",
       .name = "add",
       .help = "Add a rule",
       .method = "POST",
       .path = "/projects/{PROJECT}/immutability-rules",
       .arguments = {kProject},
       .options = {{"--repositories", "repositories", OptionKind::kText,
                    "Pattern of names behind the project's; ** for all"},
                   {"--tags", "tags", OptionKind::kText, "Pattern of tags; ** for all"},
                   {"--except-repositories", "repositoriesExclude", OptionKind::kTrue,
                    "For repositories that do not match"},
                   {"--except-tags", "tagsExclude", OptionKind::kTrue,
                    "For tags that do not match"}}},
      {.group = "immutability",
       .name = "remove",
       .help = "Remove a rule",
       .method = "DELETE",
       .path = "/projects/{PROJECT}/immutability-rules/{ID}",
       .arguments = {kProject, {"ID", "Id of the rule"}}},
  };
}

std::vector<AdminCommand> PinCommands() {
  return {
      {.group = "pin",
       .name = "list",
       .help = "What is deployed, and who says so",
       .path = "/pins",
       .options = {{"--source", "source", OptionKind::kQuery, "Only of this source"},
                   {"--digest", "digest", OptionKind::kQuery, "Only of this digest"}},
       .list = "pins",
       .columns = {{"ID", "id"},
                   {"DIGEST", "digest"},
                   {"REPOSITORY", "repository"},
                   {"SOURCE", "source"},
                   {"REASON", "reason"},
                   {"EXPIRES", "expires"}},
       .page_key = "id"},
      {.group = "pin",
       .name = "add",
       .help = "Pin a digest: it is not deleted but by force",
       .method = "POST",
       .path = "/pins",
       .arguments = {{"DIGEST", "Digest of the image", "digest"}},
       .options = {{"--repository", "repository", OptionKind::kText,
                    "Only there; everywhere in the account without it"},
                   {"--source", "source", OptionKind::kText, "Who says so (manual)"},
                   kReason,
                   {"--expires", "expires", OptionKind::kText,
                    "Until then, such as 2026-12-31T00:00:00Z"}}},
      {.group = "pin",
       .name = "remove",
       .help = "Remove a pin",
       .method = "DELETE",
       .path = "/pins/{ID}",
       .arguments = {{"ID", "Its id in gantry pin list"}}},
      {.group = "pin",
       .name = "sources",
       .help = "Who reports what is deployed, and who has fallen silent",
       .path = "/pin-sources",
       .list = "sources",
       .columns =
           {{"NAME", "name"}, {"KIND", "kind"}, {"LAST SEEN", "lastSeen"}, {"SILENT", "silent"}},
       .page_key = "name"},
      {.group = "run",
       .name = "restore",
       .help = "Undo all deletions of a run: of a lifecycle policy, or of a repository",
       .method = "POST",
       .path = "/runs/{RUN}/restore",
       .scoping = Scoping::kInstallation,
       .arguments = {{"RUN", "Its id"}}},
  };
}

}  // namespace

std::vector<AdminCommand> RepositoryCommands() {
  std::vector<AdminCommand> commands;
  for (auto part : {SettingsCommands(), ImmutabilityCommands(), PinCommands()}) {
    for (AdminCommand& command : part) commands.push_back(std::move(command));
  }
  return commands;
}

}  // namespace gantry::cli
