#include <cstdio>

#include "cli/admin_command.h"
#include "cli/answer.h"
#include "cli/text.h"

namespace gantry::cli {
namespace {

const Argument kRole = {"ROLE", "Name of the role"};
const Argument kPolicy = {"POLICY", "Name of the policy"};
const Argument kProject = {"PROJECT", "Name of the project; - is the root project"};
const Argument kTrust = {"TRUST", "Name of the trust"};

const Option kPrincipal = {"--principal", "principal", OptionKind::kQuery,
                           "user:NAME, robot:NAME, workload:TRUST/SUBJECT, node:NAME or anonymous",
                           true};
const Option kAction = {"--action", "action", OptionKind::kQuery, "repository:Pull and so on",
                        true};
const Option kResource = {
    "--resource", "resource", OptionKind::kQuery,
    "repository/NAME, project/NAME or *; ACCOUNT/ before it of another account", true};
const Option kAttribute = {"--attribute", "attribute", OptionKind::kQuery,
                           "KEY=VALUE of the principal; may be repeated"};

void PrintExplanation(json::Value answer) {
  std::puts(StringOf(answer, "sentence").c_str());
  std::vector<std::vector<std::string>> rows = {{"", "EFFECT", "STATEMENT", "WHICH"}};
  for (const json::Value statement : ItemsOf(answer, "statements")) {
    rows.push_back({BoolOf(statement, "decided") ? "*" : "", StringOf(statement, "effect"),
                    StringOf(statement, "title"), StringOf(statement, "because")});
  }
  if (rows.size() > 1) std::fputs(TableText(rows).c_str(), stdout);
}

std::vector<AdminCommand> RoleCommands() {
  return {
      {.group = "role",
       .name = "list",
       .help = "Built-in and custom roles",
       .path = "/roles",
       .list = "roles",
       .columns = {{"NAME", "name"},
                   {"BUILT IN", "builtIn"},
                   {"DESCRIPTION", "description"},
                   {"ACTIONS", "actions"}}},
      {.group = "role",
       .name = "put",
       .help = "Make a custom role, or replace it",
       .method = "PUT",
       .path = "/roles/{ROLE}",
       .arguments = {kRole},
       .options = {{"--action", "actions", OptionKind::kTexts,
                    "repository:Pull, ecr:PutImage, repository:*; may be repeated", true},
                   {"--description", "description", OptionKind::kText, "What it is for"}}},
      {.group = "role",
       .name = "delete",
       .help = "Delete a custom role",
       .method = "DELETE",
       .path = "/roles/{ROLE}",
       .arguments = {kRole}},
      {.group = "binding",
       .name = "list",
       .help = "Who has which role; without --project and --repository everywhere in the account",
       .path = "/bindings",
       .scoping = Scoping::kAnywhere,
       .list = "bindings",
       .columns = {{"ID", "id"},
                   {"WHERE", "scope.kind"},
                   {"NAME", "scope.name"},
                   {"ROLE", "role"},
                   {"PRINCIPAL", "principal"},
                   {"CONDITION", "condition"}}},
      {.group = "binding",
       .name = "add",
       .help = "Give a role",
       .method = "POST",
       .path = "/bindings",
       .scoping = Scoping::kAnywhere,
       .arguments = {{"ROLE", "Name of the role", "role"},
                     {"PRINCIPAL", "user:alice, group:devs, robot:ci, authenticated ...",
                      "principal"}},
       .options = {{"--condition", "condition", OptionKind::kText,
                    "request.time < timestamp(\"2027-01-01T00:00:00Z\")"}}},
      {.group = "binding",
       .name = "remove",
       .help = "Take a role away, where it was given",
       .method = "DELETE",
       .path = "/bindings/{ID}",
       .scoping = Scoping::kAnywhere,
       .arguments = {{"ID", "Its id in gantry binding list"}}},
  };
}

std::vector<AdminCommand> PolicyCommands() {
  return {
      {.group = "policy",
       .name = "list",
       .help = "Policies; without --project and --repository everywhere in the account",
       .path = "/policies",
       .scoping = Scoping::kAnywhere,
       .list = "policies",
       .columns = {{"NAME", "name"},
                   {"WHERE", "scope.kind"},
                   {"OF", "scope.name"},
                   {"FORM", "form"},
                   {"ETAG", "etag"},
                   {"UPDATED", "updated"}}},
      {.group = "policy",
       .name = "show",
       .help = "One policy",
       .path = "/policies/{POLICY}",
       .scoping = Scoping::kAnywhere,
       .arguments = {kPolicy}},
      {.group = "policy",
       .name = "put",
       .help = "Write a policy",
       .method = "PUT",
       .path = "/policies/{POLICY}",
       .scoping = Scoping::kAnywhere,
       .arguments = {kPolicy},
       .options = {{"--file", "document", OptionKind::kFile,
                    "File with the document; - is standard input", true},
                   {"--form", "form", OptionKind::kText, "iam (without it) or bindings"},
                   {"--etag", "etag", OptionKind::kText,
                    "Replace only the version with this etag"}}},
      {.group = "policy",
       .name = "delete",
       .help = "Delete a policy",
       .method = "DELETE",
       .path = "/policies/{POLICY}",
       .scoping = Scoping::kAnywhere,
       .arguments = {kPolicy}},
      {.group = "project",
       .name = "list",
       .help = "The projects that were made",
       .path = "/projects",
       .list = "projects",
       .columns = {{"NAME", "name"}, {"ANONYMOUS PULL", "anonymousPull"}, {"CREATED", "created"}},
       .page_key = "name"},
      {.group = "project",
       .name = "create",
       .help = "Make a project",
       .method = "POST",
       .path = "/projects",
       .arguments = {{"PROJECT", "Name of the project", "name"}},
       .options = {{"--anonymous-pull", "anonymousPull", OptionKind::kTrue,
                    "Whoever asks may pull"}}},
      {.group = "project",
       .name = "open",
       .help = "Let whoever asks pull",
       .method = "PATCH",
       .path = "/projects/{PROJECT}",
       .arguments = {kProject},
       .fixed = R"("anonymousPull":true)"},
      {.group = "project",
       .name = "close",
       .help = "Let only those pull who may",
       .method = "PATCH",
       .path = "/projects/{PROJECT}",
       .arguments = {kProject},
       .fixed = R"("anonymousPull":false)"},
      {.group = "project",
       .name = "delete",
       .help = "Delete a project without repositories",
       .method = "DELETE",
       .path = "/projects/{PROJECT}",
       .arguments = {kProject}},
  };
}

std::vector<AdminCommand> TrustCommands() {
  return {
      {.group = "trust",
       .name = "list",
       .help = "The foreign issuers whose tokens are taken",
       .path = "/trusts",
       .list = "trusts",
       .columns = {{"NAME", "name"},
                   {"ISSUER", "issuer"},
                   {"AUDIENCES", "audiences"},
                   {"DISABLED", "disabled"}}},
      {.group = "trust",
       .name = "show",
       .help = "One trust",
       .path = "/trusts/{TRUST}",
       .arguments = {kTrust}},
      {.group = "trust",
       .name = "put",
       .help = "Make a trust, or replace it",
       .method = "PUT",
       .path = "/trusts/{TRUST}",
       .arguments = {kTrust},
       .options = {{"--issuer", "issuer", OptionKind::kText, "URL, as its tokens say", true},
                   {"--audience", "audiences", OptionKind::kTexts, "May be repeated", true},
                   {"--condition", "conditions", OptionKind::kClaims,
                    "CLAIM=VALUE, with * as wildcard; all must hold; may be repeated"},
                   {"--attribute", "attributes", OptionKind::kPairs,
                    "ATTRIBUTE=CLAIM; may be repeated"},
                   {"--jwks-url", "jwksUrl", OptionKind::kText, "Where its keys are"},
                   {"--jwks-file", "jwks", OptionKind::kFile, "File with its keys"},
                   {"--lifetime", "lifetimeSecondsMax", OptionKind::kNumber,
                    "Of a session, in seconds"}}},
      {.group = "trust",
       .name = "delete",
       .help = "Delete a trust",
       .method = "DELETE",
       .path = "/trusts/{TRUST}",
       .arguments = {kTrust}},
  };
}

std::vector<AdminCommand> QuestionCommands() {
  return {
      {.name = "explain",
       .help = "Whether a principal may do something, and which statement says so",
       .path = "/explain",
       .options = {kPrincipal,
                   kAction,
                   kResource,
                   {"--source-ip", "source_ip", OptionKind::kQuery, "The address it comes from"},
                   {"--time", "time", OptionKind::kQuery, "When; now without it"},
                   kAttribute},
       .print = PrintExplanation},
      {.name = "who-can",
       .help = "Who may do something",
       .path = "/who-can",
       .options = {kAction, kResource},
       .list = "grantees",
       .columns = {{"EFFECT", "effect"},
                   {"PRINCIPALS", "principals"},
                   {"CONDITIONAL", "conditional"},
                   {"BECAUSE", "because"}}},
      {.name = "reach",
       .help = "What a principal may do, and where",
       .path = "/reach",
       .options = {kPrincipal, kAttribute},
       .list = "reachable",
       .columns = {{"EFFECT", "effect"},
                   {"RESOURCES", "resources"},
                   {"ACTIONS", "actions"},
                   {"CONDITIONAL", "conditional"},
                   {"BECAUSE", "because"}}},
      {.name = "login-info",
       .help = "Who the server takes one for",
       .path = "/me",
       .scoping = Scoping::kInstallation},
      {.group = "audit",
       .name = "search",
       .help = "Find records of the audit log",
       .path = "/audit",
       .options = {{"--from", "from", OptionKind::kQuery, "At or after 2026-11-24, or with a time"},
                   {"--to", "to", OptionKind::kQuery, "Before"},
                   {"--action", "action", OptionKind::kQuery,
                    "push, pull, delete, login, config ..."},
                   {"--principal", "principal", OptionKind::kQuery, "user:alice"},
                   {"--repository", "repository", OptionKind::kQuery, "Name"},
                   {"--digest", "digest", OptionKind::kQuery, "sha256:..."},
                   {"--outcome", "outcome", OptionKind::kQuery, "ok, denied or failed"},
                   {"--order", "order", OptionKind::kQuery, "newest (without it) or oldest first"},
                   {"--limit", "n", OptionKind::kQuery, "How many at most; 100 without it"},
                   {"--cursor", "cursor", OptionKind::kQuery,
                    "Go on where the answer before ended"},
                   {"--all-accounts", "all", OptionKind::kQueryTrue, "Of every account"}},
       .list = "records",
       .columns = {{"SEQUENCE", "sequence"},
                   {"TIME", "time"},
                   {"PRINCIPAL", "principal"},
                   {"ACTION", "action"},
                   {"OUTCOME", "outcome"},
                   {"REPOSITORY", "repository"},
                   {"TAG", "tag"},
                   {"DIGEST", "digest"},
                   {"PEER", "peer"}}},
      {.group = "audit",
       .name = "public-key",
       .help = "The key that the log's signatures are checked with; keep it elsewhere",
       .path = "/audit/public-key",
       .scoping = Scoping::kInstallation},
  };
}

}  // namespace

std::vector<AdminCommand> AccessCommands() {
  std::vector<AdminCommand> all;
  for (const auto& some : {RoleCommands(), PolicyCommands(), TrustCommands(), QuestionCommands()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

std::vector<AdminGroup> AdminGroups() {
  return {{"account", "Accounts of the installation"},
          {"user", "Users"},
          {"group", "Groups of users"},
          {"robot", "Robots and their secrets"},
          {"key", "Access keys"},
          {"role", "Roles"},
          {"binding", "Who has which role"},
          {"policy", "Policy documents"},
          {"project", "Projects"},
          {"trust", "Foreign issuers of tokens"},
          {"repository", "Repositories and what they are set to"},
          {"tag", "Tags that stay where they are"},
          {"immutability", "Rules by which tags of a project stay where they are"},
          {"pin", "What is deployed"},
          {"run", "Deletions that were made together"},
          {"audit", "The audit log"}};
}

}  // namespace gantry::cli
