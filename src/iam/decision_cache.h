#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "iam/action.h"
#include "iam/decision.h"
#include "iam/resource.h"

namespace gantry::iam {

// What a decision was asked by. Refers to what the caller holds while it looks up.
struct DecisionKey {
  std::string_view identity;  // Principal::IdentityText
  std::string_view scopes;    // Scopes::fingerprint; "" for a session that is not narrowed
  Action action;
  const Resource& resource;
  uint64_t own_version;     // of the principal's account's set
  uint64_t target_version;  // of the resource's account's set
};

// Remembers decisions. A key that differs in anything, the sets' versions included, finds nothing,
// so that a change of policies holds at once. Bounded: each key has a few places to be in, and the
// one that was not looked up for longest makes way.
// Threads: all methods from any; a lock is held for the comparison of a few entries.
class DecisionCache {
 public:
  // About that many entries, at most; keys longer than a KiB are not kept.
  explicit DecisionCache(size_t entries_max);

  // nullopt: not remembered.
  std::optional<Decision> Find(const DecisionKey& key);
  // Does nothing with a decision that is not cacheable.
  void Insert(const DecisionKey& key, Decision decision);

 private:
  static constexpr size_t kShards = 64;
  static constexpr size_t kWays = 4;
  static constexpr size_t kKeyLengthMax = 1024;

  struct Entry {
    uint64_t hash = 0;
    uint64_t own_version = 0;
    uint64_t target_version = 0;
    uint32_t used = 0;  // the shard's count of look-ups when it was last found
    Decision decision;
    std::string text;  // of identity, scopes and resource, one after the other; "": no entry
    uint32_t identity_length = 0;
    uint32_t scopes_length = 0;
    Action action{};
    ResourceKind resource_kind{};

    bool Is(uint64_t key_hash, const DecisionKey& key) const;
  };
  struct Shard {
    Mutex mutex;
    uint32_t lookups GUARDED_BY(mutex) = 0;
    std::vector<Entry> entries GUARDED_BY(mutex);  // sets of kWays
  };

  static uint64_t HashOf(const DecisionKey& key);
  Shard& ShardOf(uint64_t hash) { return shards_[hash % kShards]; }
  size_t SetOf(uint64_t hash) const { return hash / kShards % sets_ * kWays; }

  const size_t sets_;  // in each shard
  std::array<Shard, kShards> shards_;
};

}  // namespace gantry::iam
