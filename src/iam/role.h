#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "iam/action.h"

namespace gantry::iam {

// A name for a set of actions; what it gives where is a matter of its binding.
struct Role {
  std::string name;
  ActionSet actions;
};

struct BuiltInRole {
  std::string_view name;
  ActionSet actions;
  std::string_view description;
};

// The one role that reaches into every account; only the default account can bind it, and only for
// the whole account.
inline constexpr std::string_view kSystemAdmin = "system-admin";

// reader, writer, repository-admin, project-admin, auditor, account-admin, system-admin, then
// Artifact Registry's under their own names ("roles/artifactregistry.reader").
std::span<const BuiltInRole> BuiltInRoles();
// nullopt: none is called so.
std::optional<ActionSet> FindBuiltInRole(std::string_view name);

}  // namespace gantry::iam
