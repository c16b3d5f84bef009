#include "meta/policies.h"

#include <optional>
#include <utility>

#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/policy_texts.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"
#include "crypto/random.h"
#include "iam/pretty_json.h"
#include "iam/statement.h"
#include "meta/repositories.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;
using iam::Action;
using iam::ActionSet;

// What ECR's policies are called among those of their scope.
constexpr const char* kName = "ecr";
constexpr const char* kForm = "iam";

constexpr ActionSet kOfRepository = {Action::kRepositoryPull,   Action::kRepositoryPush,
                                     Action::kRepositoryDelete, Action::kRepositoryList,
                                     Action::kRepositoryCreate, Action::kRepositoryUpdate,
                                     Action::kRepositoryAdmin};

// Where a policy stands.
struct Place {
  iam::Resource resource;
  meta::PolicyScope scope;
};

Place PlaceOf(const Call& call) {
  if (call.repository.empty())
    return {iam::Resource::Account(call.account), {.kind = "account", .name = ""}};
  return {iam::Resource::Repository(call.account, call.repository),
          {.kind = "repository", .name = call.repository}};
}

iam::DocumentKind KindOf(const iam::Resource& scope) {
  return scope.kind() == iam::ResourceKind::kAccount ? iam::DocumentKind::kAccount
                                                     : iam::DocumentKind::kScope;
}

// Nobody gives what he does not have (api/admin/rights.h).
Result<void> RequireGrants(const Call& call, const iam::PolicyDocument& document,
                           const iam::Resource& scope) {
  const ActionSet meaningful = scope.kind() == iam::ResourceKind::kAccount
                                   ? ActionSet::All() - ActionSet{Action::kTokenIssue}
                                   : kOfRepository;
  ActionSet given;
  for (const iam::Statement& statement : document.statements) {
    if (statement.effect == iam::Effect::kAllow) given = given | statement.actions;
  }
  for (const Action action : (given & meaningful).List()) {
    TRY_ASSIGN(const bool may, call.May(action, scope));
    if (may) continue;
    return Error(Code::kPermissionDenied, "role_not_allowed",
                 "The policy gives " + std::string(iam::ActionName(action)) + " on " +
                     scope.Text() + ", which you do not have yourself");
  }
  return Ok();
}

Result<std::optional<meta::PolicyDocument>> FindStored(const Call& call, const Place& place) {
  std::optional<meta::PolicyDocument> stored;
  TRY(call.services.access.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(stored, meta::FindPolicyDocument(tx, call.account, place.scope, kName));
    return Ok();
  }));
  return stored;
}

Error PolicyNotFound(const Call& call) {
  if (call.repository.empty()) {
    return NotFound("registry_policy_unknown",
                    "Registry policy does not exist " + InRegistry(call));
  }
  return NotFound("repository_policy_unknown",
                  "Repository policy does not exist for " + RepositoryText(call));
}

// What a policy gave or forbade is a greater administrator's to take away.
Result<void> RequireOld(const Call& call, const Place& place,
                        const std::optional<meta::PolicyDocument>& old) {
  if (!old) return Ok();
  const auto document =
      iam::PolicyDocument::Parse(old->body, KindOf(place.resource), place.resource);
  return document.ok() ? RequireGrants(call, *document, place.resource) : Ok();
}

Result<void> RequireRepositoryIfAny(const Call& call) {
  if (call.repository.empty()) return Ok();
  TRY_ASSIGN(const auto key, call.Key());
  return RequireRepository(call, key);
}

// As ECR writes policies back.
Result<std::string> Pretty(const std::string& body) {
  TRY_ASSIGN(const auto document, json::Document::Parse(body));
  return iam::PrettyJson(document.root());
}

Result<void> WritePolicy(const Call& call, const std::string& body, json::Writer& writer) {
  TRY_ASSIGN(const std::string text, Pretty(body));
  writer.Key("registryId").String(call.account.text());
  WriteText(writer, "repositoryName", call.repository);
  writer.Key("policyText").String(text);
  return Ok();
}

// Whether the caller could not set the policy again: a statement keeps him from it, or the only one
// that let him goes with the old policy.
Result<bool> LocksOut(const Call& call, const Place& place, const iam::PolicyDocument& document) {
  const auto says = [&](const iam::Statement& statement, iam::Effect effect) {
    return statement.effect == effect && !statement.HasConditions() &&
           statement.actions.Has(Action::kRepositoryAdmin) &&
           statement.NamesPrincipal(call.caller.principal) &&
           statement.NamesResource(place.resource);
  };
  bool allowed = false;
  for (const iam::Statement& statement : document.statements) {
    if (says(statement, iam::Effect::kDeny)) return true;
    allowed = allowed || says(statement, iam::Effect::kAllow);
  }
  if (allowed) return false;
  TRY_ASSIGN(const auto old, FindStored(call, place));
  if (!old) return false;
  const auto parsed = iam::PolicyDocument::Parse(old->body, KindOf(place.resource), place.resource);
  TRY_ASSIGN(const auto set, call.services.authorizer.PoliciesOf(call.account));
  const std::string source =
      parsed.ok() && !parsed->statements.empty() ? parsed->statements.front().source : "";
  for (const iam::Statement& statement : set->statements()) {
    if (statement.source != source && says(statement, iam::Effect::kAllow)) return false;
  }
  return parsed.ok();
}

Result<void> Put(const Call& call, json::Writer& writer) {
  TRY(RequireRepositoryIfAny(call));
  const Place place = PlaceOf(call);
  const std::string text = call.Text("policyText");
  TRY_ASSIGN(const auto document, CheckPolicy(call, text, place.resource));
  TRY_ASSIGN(const auto old, FindStored(call, place));
  TRY(RequireOld(call, place, old));
  if (!call.repository.empty() && !call.Flag("force")) {
    TRY_ASSIGN(const bool locks_out, LocksOut(call, place, document));
    if (locks_out) {
      return ParameterInvalid("PolicyText",
                              "The policy would prevent you from setting the repository policy in "
                              "the future; use force to set it all the same");
    }
  }
  const meta::PolicyDocument stored{
      place.scope, kName, kForm, text, crypto::RandomHex(8), call.services.clock.Now()};
  TRY(call.services.access.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool done,
               meta::PutPolicyDocument(tx, call.services.ids, call.account, stored, std::nullopt));
    return done ? Ok() : Result<void>(Internal("policy_not_put", "the policy was not stored"));
  }));
  return WritePolicy(call, text, writer);
}

Result<void> Get(const Call& call, json::Writer& writer) {
  TRY(RequireRepositoryIfAny(call));
  TRY_ASSIGN(const auto stored, FindStored(call, PlaceOf(call)));
  if (!stored) return PolicyNotFound(call);
  return WritePolicy(call, stored->body, writer);
}

Result<void> Delete(const Call& call, json::Writer& writer) {
  TRY(RequireRepositoryIfAny(call));
  const Place place = PlaceOf(call);
  TRY_ASSIGN(const auto old, FindStored(call, place));
  TRY(RequireOld(call, place, old));
  if (!old) return PolicyNotFound(call);
  TRY(call.services.access.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted,
               meta::DeletePolicyDocument(tx, call.account, place.scope, kName));
    return deleted ? Ok() : Result<void>(PolicyNotFound(call));
  }));
  return WritePolicy(call, old->body, writer);
}

constexpr Operation kOperations[] = {
    {"SetRepositoryPolicy", Action::kRepositoryAdmin, Target::kRepository, Weight::kChange, Put},
    {"GetRepositoryPolicy", Action::kRepositoryAdmin, Target::kRepository, Weight::kLook, Get},
    {"DeleteRepositoryPolicy", Action::kRepositoryAdmin, Target::kRepository, Weight::kChange,
     Delete},
    {"PutRegistryPolicy", Action::kAccountAdmin, Target::kAccount, Weight::kChange, Put},
    {"GetRegistryPolicy", Action::kAccountRead, Target::kAccount, Weight::kLook, Get},
    {"DeleteRegistryPolicy", Action::kAccountAdmin, Target::kAccount, Weight::kChange, Delete},
};

}  // namespace

Result<iam::PolicyDocument> CheckPolicy(const Call& call, std::string_view text,
                                        const iam::Resource& scope) {
  TRY_ASSIGN(auto document, iam::PolicyDocument::Parse(text, KindOf(scope), scope));
  TRY(RequireGrants(call, document, scope));
  return document;
}

std::span<const Operation> PolicyOperations() { return kOperations; }

}  // namespace gantry::api::ecr
