#pragma once

#include <cstdint>
#include <string_view>

namespace gantry::iam {

enum class DecisionKind : uint8_t {
  kNoStatement,  // denied: nothing allows it
  kAllowed,
  kExplicitDeny,  // denied by a statement
  kOutOfScope,    // the principal may, but the session is narrowed
};

// The answer of a policy set, small enough to be copied about.
struct Decision {
  static constexpr uint32_t kNone = UINT32_MAX;

  DecisionKind kind = DecisionKind::kNoStatement;
  // The same request with another address, time, user agent or other tags has the same answer, as
  // long as the sets stand.
  bool cacheable = true;
  // Whether the caller's own account said it, where that is another than the resource's.
  bool own_side = false;
  // Which statement decided, an index into the set of that side; kNone: none did, or the rule that
  // every authenticated principal gets its token.
  uint32_t statement = kNone;

  bool allowed() const { return kind == DecisionKind::kAllowed; }
  bool operator==(const Decision&) const = default;
};

// "allowed", "explicitly denied", "not allowed by any statement", "outside of the session's scopes"
std::string_view DecisionKindText(DecisionKind kind);

}  // namespace gantry::iam
