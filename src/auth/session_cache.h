#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "auth/access_versions.h"
#include "auth/session.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "crypto/keyed_hash.h"
#include "iam/account_id.h"

namespace gantry::auth {

// Who was let in lately by which Authorization header, by its hash under a key of this
// process: no header is kept. An entry
// is good until its session ends, for a minute at most, and while the identities of the principal's
// account are what they were.
// Threads: all methods from any thread; none blocks for more than a lookup.
class SessionCache {
 public:
  static constexpr Duration kKeep = Seconds(60);
  static constexpr size_t kShards = 16;

  explicit SessionCache(size_t entries_max = 65'536) : shard_max_(entries_max / kShards) {}

  // nullptr: not there, or no longer good.
  SessionPtr Find(std::string_view authorization, const iam::AccountId& account, Time now);
  // `identities`: what counters.identities was before the session was looked up.
  void Insert(std::string_view authorization, const iam::AccountId& account, SessionPtr session,
              const AccessVersions::Counters& counters, int64_t identities, Time now);
  void Clear();

 private:
  using Key = crypto::KeyedHash::Value;
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Entry {
    SessionPtr session;
    const AccessVersions::Counters* counters = nullptr;
    int64_t identities = 0;
    Time good_until;
  };
  struct Shard {
    Mutex mutex;
    std::unordered_map<Key, Entry, KeyHash> entries GUARDED_BY(mutex);
  };

  Key KeyOf(std::string_view authorization, const iam::AccountId& account) const;
  static bool IsGood(const Entry& entry, Time now);
  Shard& ShardOf(const Key& key);
  void MakeRoom(Shard& shard, Time now) const REQUIRES_LOCK(shard.mutex);

  const size_t shard_max_;
  const crypto::KeyedHash hash_;
  std::array<Shard, kShards> shards_;
};

}  // namespace gantry::auth
