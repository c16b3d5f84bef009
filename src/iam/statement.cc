#include "iam/statement.h"

#include <algorithm>

namespace gantry::iam {

std::string_view AppliesText(Applies applies) {
  switch (applies) {
    case Applies::kYes:
      return "applies";
    case Applies::kOtherPrincipal:
      return "is about other principals";
    case Applies::kOtherAction:
      return "is about other actions";
    case Applies::kOtherResource:
      return "is about other resources";
    case Applies::kConditionFalse:
      return "has a condition that does not hold";
  }
  return {};
}

bool Statement::NamesPrincipal(const Principal& principal) const {
  const bool named =
      std::any_of(principals.begin(), principals.end(),
                  [&](const PrincipalPattern& pattern) { return pattern.Matches(principal); });
  return named != principals_inverted;
}

bool Statement::NamesResource(const Resource& resource) const {
  if (!within.Matches(resource)) return false;
  const bool named =
      std::any_of(resources.begin(), resources.end(),
                  [&](const ResourcePattern& pattern) { return pattern.Matches(resource); });
  return named != resources_inverted;
}

bool Statement::ConditionsHold(const Request& request) const {
  const bool held =
      std::all_of(conditions.begin(), conditions.end(),
                  [&](const Condition& condition) { return condition.Holds(request); });
  return held && (!expression || expression->Evaluate(request));
}

Applies Statement::Check(const Request& request) const {
  if (!NamesPrincipal(request.principal)) return Applies::kOtherPrincipal;
  if (!actions.Has(request.action)) return Applies::kOtherAction;
  if (!NamesResource(request.resource)) return Applies::kOtherResource;
  if (!ConditionsHold(request)) return Applies::kConditionFalse;
  return Applies::kYes;
}

bool Statement::IsFixed() const {
  const bool fixed =
      std::all_of(conditions.begin(), conditions.end(),
                  [](const Condition& condition) { return condition.key().IsFixed(); });
  return fixed && (!expression || expression->IsFixed());
}

std::string Statement::Title() const {
  if (id.empty()) return source;
  return "statement \"" + id + "\" of the " + source;
}

}  // namespace gantry::iam
