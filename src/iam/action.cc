#include "iam/action.h"

#include <array>

namespace gantry::iam {
namespace {

constexpr std::array<std::string_view, kActionCount> kNames = {
    "repository:Pull",   "repository:Push",   "repository:Delete", "repository:List",
    "repository:Create", "repository:Update", "repository:Admin",  "project:Read",
    "project:Create",    "project:Update",    "project:Delete",    "project:Admin",
    "account:Read",      "account:Update",    "account:Admin",     "account:Catalog",
    "audit:Read",        "system:Operate",    "token:Issue",
};

}  // namespace

std::string_view ActionName(Action action) { return kNames[static_cast<size_t>(action)]; }

std::optional<Action> FindAction(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Action>(i);
  }
  return std::nullopt;
}

std::vector<Action> ActionSet::List() const {
  std::vector<Action> actions;
  for (int i = 0; i < kActionCount; ++i) {
    if (Has(static_cast<Action>(i))) actions.push_back(static_cast<Action>(i));
  }
  return actions;
}

std::string ActionSet::Text() const {
  if (*this == All()) return "*";
  std::string text;
  for (const Action action : List()) {
    if (!text.empty()) text += ',';
    text += ActionName(action);
  }
  return text;
}

}  // namespace gantry::iam
