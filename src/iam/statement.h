#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iam/action.h"
#include "iam/cel.h"
#include "iam/condition.h"
#include "iam/principal_pattern.h"
#include "iam/request.h"
#include "iam/resource.h"

namespace gantry::iam {

enum class Effect : uint8_t { kAllow, kDeny };

// Why a statement says something about a request, or does not; the first that keeps it from it.
enum class Applies : uint8_t {
  kYes,
  kOtherPrincipal,
  kOtherAction,
  kOtherResource,
  kConditionFalse
};
// "applies", "is about other principals", …
std::string_view AppliesText(Applies applies);

// The one form into which role bindings, policy documents and bindings of every dialect are
// brought. A value; threads: const methods from any.
struct Statement {
  std::string id;      // the document's Sid, "" if it has none
  std::string source;  // where it stands, for people: "repository policy of myapp/api"
  Effect effect = Effect::kAllow;
  std::vector<PrincipalPattern> principals;
  bool principals_inverted = false;  // NotPrincipal: everybody but these
  ActionSet actions;                 // NotAction is complemented by the parser
  std::vector<ResourcePattern> resources;
  bool resources_inverted = false;  // NotResource
  // Where it stands: it says nothing about what is outside, whatever `resources` names.
  ResourcePattern within = ResourcePattern::Everything();
  std::vector<Condition> conditions;        // all must hold
  std::optional<CelExpression> expression;  // and this one
  // The system administrator's: a request to another account needs no statement there.
  bool every_account = false;

  bool NamesPrincipal(const Principal& principal) const;
  bool NamesResource(const Resource& resource) const;
  bool ConditionsHold(const Request& request) const;
  Applies Check(const Request& request) const;

  bool HasConditions() const { return !conditions.empty() || expression.has_value(); }
  // Whether the conditions depend on nothing but the principal, the action and the resource's name.
  bool IsFixed() const;
  // `id` and `source` in one text.
  std::string Title() const;
};

}  // namespace gantry::iam
