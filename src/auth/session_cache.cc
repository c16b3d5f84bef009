#include "auth/session_cache.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "crypto/hash.h"

namespace gantry::auth {

size_t SessionCache::KeyHash::operator()(const Key& key) const {
  // A piece of a hash is one; the first byte chose the shard.
  size_t hash = 0;
  std::memcpy(&hash, key.data() + 8, sizeof(hash));
  return hash;
}

SessionCache::Key SessionCache::KeyOf(std::string_view authorization,
                                      const iam::AccountId& account) {
  // Its construction costs more than hashing a header.
  thread_local crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  hasher.Reset();
  hasher.Update(account.text());
  hasher.Update(authorization);
  const std::string hash = hasher.Finish();
  Key key;
  std::copy(hash.begin(), hash.end(), key.begin());
  return key;
}

bool SessionCache::IsGood(const Entry& entry, Time now) {
  return now < entry.good_until && entry.counters->identities.load() == entry.identities;
}

SessionCache::Shard& SessionCache::ShardOf(const Key& key) {
  return shards_[static_cast<unsigned char>(key[0]) % kShards];
}

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
