#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/account_id.h"
#include "iam/cel.h"
#include "iam/principal_pattern.h"

namespace gantry::iam {

struct BindingCondition {
  std::string title;
  std::string description;
  CelExpression expression;
};

// One role for some members.
struct Binding {
  std::string role;  // built-in or custom; whether there is such a role is not known here
  std::vector<std::string> members;        // as they were written
  std::vector<PrincipalPattern> patterns;  // what they mean, one for each
  std::optional<BindingCondition> condition;
};

// A policy in Artifact Registry's form: {"version", "etag", "bindings": [{"role", "members",
// "condition"}]}. A value.
struct Bindings {
  static constexpr size_t kLengthMax = 65'536;  // bytes of the text
  static constexpr size_t kMembersMax = 1'500;  // of all bindings together

  std::string etag;  // "": none; what it means is the caller's business
  std::vector<Binding> bindings;

  // Reads one; members without an account are of `home`. A JSON null counts as left out.
  // too_large/bindings_too_large, invalid_argument/bindings_invalid,
  // /principal_invalid, /condition_invalid
  static Result<Bindings> Parse(std::string_view text, const AccountId& home);
  // The JSON text; "version" is 3 when a binding has a condition, else 1 (as Google's documentation
  // asks for). Parse of it gives the same bindings.
  std::string Print() const;
};

}  // namespace gantry::iam
