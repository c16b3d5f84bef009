#include "auth/session_cache.h"

#include <algorithm>

namespace gantry::auth {

// A piece of a hash is one; the other chooses the shard.
size_t SessionCache::KeyHash::operator()(const Key& key) const { return key[1]; }

SessionCache::Key SessionCache::KeyOf(std::string_view authorization,
                                      const iam::AccountId& account) const {
  return hash_(account.text(), authorization);
}

bool SessionCache::IsGood(const Entry& entry, Time now) {
  return now < entry.good_until && entry.counters->identities.load() == entry.identities;
}

SessionCache::Shard& SessionCache::ShardOf(const Key& key) { return shards_[key[0] % kShards]; }

SessionPtr SessionCache::Find(std::string_view authorization, const iam::AccountId& account,
                              Time now) {
  const Key key = KeyOf(authorization, account);
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  const auto found = shard.entries.find(key);
  if (found == shard.entries.end() || !IsGood(found->second, now)) return nullptr;
  return found->second.session;
}

void SessionCache::Insert(std::string_view authorization, const iam::AccountId& account,
                          SessionPtr session, const AccessVersions::Counters& counters,
                          int64_t identities, Time now) {
  const Time good_until = std::min(now + kKeep, session->expires_at);
  const Key key = KeyOf(authorization, account);
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mutex);
  if (shard.entries.size() >= shard_max_) MakeRoom(shard, now);
  shard.entries[key] = {std::move(session), &counters, identities, good_until};
}

void SessionCache::Clear() {
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    shard.entries.clear();
  }
}

// Drops what is no longer good, or, when all is, all: it comes back within a minute.
void SessionCache::MakeRoom(Shard& shard, Time now) const {
  std::erase_if(shard.entries, [&](const auto& entry) { return !IsGood(entry.second, now); });
  if (shard.entries.size() >= shard_max_) shard.entries.clear();
}

}  // namespace gantry::auth
