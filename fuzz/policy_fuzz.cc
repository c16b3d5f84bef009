// Policies: the first line says how the rest is to be read ("scope", "account", "identity",
// "bindings" or "cel"). Parsing never crashes, gives the same result twice, and refuses for the
// documented reasons only; what it accepts is printed and read back as the same, and decides.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "iam/bindings.h"
#include "iam/cel.h"
#include "iam/policy_document.h"
#include "iam/policy_queries.h"
#include "iam/policy_set_builder.h"
#include "json/document.h"

namespace gantry::iam {
namespace {

void CheckReason(const Error& error, std::initializer_list<std::string_view> reasons) {
  bool known = false;
  for (const std::string_view reason : reasons) known = known || error.reason() == reason;
  GANTRY_ASSERT(known);
  GANTRY_ASSERT(error.message().size() < 2000 && PolicyProblem(error).size() < 2000);
}

// Whatever the set says, it says with every action, and its answers agree with each other.
void CheckSet(PolicySetBuilder builder) {
  const auto set = std::move(builder).Build(1);
  const AccountId account = set->account();
  Principal alice{.account = account, .kind = PrincipalKind::kUser, .name = "alice"};
  alice.groups = {"devs"};
  const Resource app = Resource::Repository(account, "app/api");
  const RequestContext context{.now = Time{1'795'511'700'000'000}, .source_ip = "192.0.2.1"};
  for (const Action action : ActionSet::All().List()) {
    const Request request{alice, action, app, context};
    bool denied = false;
    bool allowed = action == Action::kTokenIssue;
    for (const Statement& statement : set->statements()) {
      if (statement.Check(request) != Applies::kYes) continue;
      (statement.effect == Effect::kDeny ? denied : allowed) = true;
    }
    GANTRY_ASSERT(set->Decide(request).allowed() == (allowed && !denied));
    GANTRY_ASSERT(Explain(*set, *set, request).decision == set->Decide(request));
    WhoCan(*set, action, app);
  }
  Reach(*set, alice);
}

void CheckDocument(std::string_view text, DocumentKind kind, const Resource& scope) {
  const auto document = PolicyDocument::Parse(text, kind, scope);
  if (!document.ok()) {
    CheckReason(document.error(), {"repository_policy_invalid", "registry_policy_invalid",
                                   "policy_invalid", "policy_too_large"});
    return;
  }
  const auto printed = json::Document::Parse(document->text, {1 << 20, 8, 10'000});
  GANTRY_ASSERT(printed.ok());
  const auto again = PolicyDocument::Parse(document->text, kind, scope);
  GANTRY_ASSERT(again.ok() ? again->text == document->text
                           : again.error().reason() == "policy_too_large");
  PolicySetBuilder builder(scope.account());
  if (kind == DocumentKind::kIdentity) {
    builder.AttachDocument(*document, PrincipalPattern::Anyone(), "fuzz");
  } else {
    builder.AddDocument(*document);
  }
  CheckSet(std::move(builder));
}

void CheckBindings(std::string_view text, const Resource& scope) {
  const auto bindings = Bindings::Parse(text, scope.account());
  if (!bindings.ok()) {
    CheckReason(bindings.error(), {"bindings_invalid", "bindings_too_large", "principal_invalid",
                                   "condition_invalid"});
    return;
  }
  const std::string printed = bindings->Print();
  const auto again = Bindings::Parse(printed, scope.account());
  GANTRY_ASSERT(again.ok() ? again->Print() == printed
                           : again.error().reason() == "bindings_too_large");
  PolicySetBuilder builder(scope.account());
  if (builder.AddBindings(*bindings, scope).ok()) CheckSet(std::move(builder));
}

void CheckCel(std::string_view text, const Resource& scope) {
  const auto expression = CelExpression::Parse(text);
  if (!expression.ok()) {
    CheckReason(expression.error(), {"condition_invalid"});
    return;
  }
  const Principal anonymous{.account = scope.account()};
  const RequestContext context{.now = Time{1'795'511'700'000'000}};
  const Request request{anonymous, Action::kRepositoryPull, scope, context};
  const std::string negated = "!(" + std::string(text) + ")";
  const auto opposite = CelExpression::Parse(negated);
  if (opposite.ok()) GANTRY_ASSERT(opposite->Evaluate(request) != expression->Evaluate(request));
}

void CheckInput(std::string_view input) {
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return;
  const std::string_view form = input.substr(0, line);
  const std::string_view text = input.substr(line + 1);
  const Resource repository = Resource::Repository(AccountId::Default(), "app/api");
  const Resource account = Resource::Account(AccountId::Default());
  if (form == "scope") CheckDocument(text, DocumentKind::kScope, repository);
  if (form == "account") CheckDocument(text, DocumentKind::kAccount, account);
  if (form == "identity") CheckDocument(text, DocumentKind::kIdentity, account);
  if (form == "bindings") CheckBindings(text, repository);
  if (form == "cel") CheckCel(text, repository);
}

}  // namespace
}  // namespace gantry::iam

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gantry::iam::CheckInput({reinterpret_cast<const char*>(data), size});
  return 0;
}
