#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gantry::iam {

// What can be done: one closed list. Its order is the order in which actions are printed.
enum class Action : uint8_t {
  kRepositoryPull,    // manifests and blobs
  kRepositoryPush,    // manifests, tags, blobs, referrers
  kRepositoryDelete,  // manifests, tags, blobs
  kRepositoryList,    // tags, referrers, the description of the repository and its images
  kRepositoryCreate,  // also on push
  kRepositoryUpdate,  // settings
  kRepositoryAdmin,   // the repository's policy
  kProjectRead,
  kProjectCreate,
  kProjectUpdate,
  kProjectDelete,
  kProjectAdmin,  // bindings
  kAccountRead,
  kAccountUpdate,
  kAccountAdmin,    // users, robots, keys, roles, trusts, bindings
  kAccountCatalog,  // list repositories
  kAuditRead,
  kSystemOperate,  // collection, scrub, backup, metrics, all accounts
  kTokenIssue,     // one's own token; every authenticated principal has it
};

inline constexpr int kActionCount = static_cast<int>(Action::kTokenIssue) + 1;

// "repository:Pull"
std::string_view ActionName(Action action);
// nullopt: no such action. By the exact name; for aliases and wildcards see action_pattern.h.
std::optional<Action> FindAction(std::string_view name);

// A set of actions, one word wide.
class ActionSet {
 public:
  constexpr ActionSet() = default;
  constexpr ActionSet(std::initializer_list<Action> actions) {
    for (const Action action : actions) bits_ |= Bit(action);
  }
  static constexpr ActionSet All() { return ActionSet((uint32_t{1} << kActionCount) - 1); }

  constexpr bool Has(Action action) const { return (bits_ & Bit(action)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr uint32_t bits() const { return bits_; }
  constexpr ActionSet operator|(ActionSet other) const { return ActionSet(bits_ | other.bits_); }
  constexpr ActionSet operator&(ActionSet other) const { return ActionSet(bits_ & other.bits_); }
  // What is in this set and not in the other.
  constexpr ActionSet operator-(ActionSet other) const { return ActionSet(bits_ & ~other.bits_); }
  constexpr bool operator==(const ActionSet&) const = default;

  // In the order of the list.
  std::vector<Action> List() const;
  // "repository:Pull,repository:List"; "*" for all; "" for none.
  std::string Text() const;

 private:
  static constexpr uint32_t Bit(Action action) { return uint32_t{1} << static_cast<int>(action); }
  explicit constexpr ActionSet(uint32_t bits) : bits_(bits) {}
  uint32_t bits_ = 0;
};

}  // namespace gantry::iam
