#include "iam/decision_cache.h"

#include <algorithm>
#include <functional>

namespace gantry::iam {
namespace {

uint64_t Mix(uint64_t hash, uint64_t more) {
  hash = (hash ^ more) * 0x9e3779b97f4a7c15;
  return hash ^ hash >> 32;
}

std::string_view NameOf(const Resource& resource) {
  return resource.kind() == ResourceKind::kRepository ? resource.repository() : resource.project();
}

}  // namespace

DecisionCache::DecisionCache(size_t entries_max)
    : sets_(std::max<size_t>(1, entries_max / (kShards * kWays))) {
  for (Shard& shard : shards_) {
    MutexLock lock(shard.mutex);
    shard.entries.resize(sets_ * kWays);
  }
}

uint64_t DecisionCache::HashOf(const DecisionKey& key) {
  const std::hash<std::string_view> hash;
  uint64_t result = Mix(hash(key.identity), hash(key.scopes));
  result = Mix(result, hash(NameOf(key.resource)));
  result = Mix(result, hash(key.resource.account().text()));
  return Mix(result,
             static_cast<uint64_t>(key.action) << 8 | static_cast<uint64_t>(key.resource.kind()));
}

bool DecisionCache::Entry::Is(uint64_t key_hash, const DecisionKey& key) const {
  if (hash != key_hash || text.empty() || action != key.action ||
      resource_kind != key.resource.kind() || identity_length != key.identity.size() ||
      scopes_length != key.scopes.size()) {
    return false;
  }
  std::string_view rest = text;
  for (const std::string_view part :
       {key.identity, key.scopes, key.resource.account().text(), NameOf(key.resource)}) {
    if (!rest.starts_with(part)) return false;
    rest.remove_prefix(part.size());
  }
  return rest.empty();
}

std::optional<Decision> DecisionCache::Find(const DecisionKey& key) {
  const uint64_t hash = HashOf(key);
  Shard& shard = ShardOf(hash);
  MutexLock lock(shard.mutex);
  const size_t first = SetOf(hash);
  for (size_t i = first; i < first + kWays; ++i) {
    Entry& entry = shard.entries[i];
    if (!entry.Is(hash, key)) continue;
    if (entry.own_version != key.own_version || entry.target_version != key.target_version) break;
    entry.used = ++shard.lookups;
    return entry.decision;
  }
  return std::nullopt;
}

void DecisionCache::Insert(const DecisionKey& key, Decision decision) {
  const std::string_view name = NameOf(key.resource);
  const size_t length = key.identity.size() + key.scopes.size() + name.size();
  if (!decision.cacheable || length > kKeyLengthMax) return;
  const uint64_t hash = HashOf(key);
  Shard& shard = ShardOf(hash);
  MutexLock lock(shard.mutex);
  const auto set = shard.entries.begin() + static_cast<std::ptrdiff_t>(SetOf(hash));
  const auto end = set + kWays;
  auto entry = std::find_if(set, end, [&](const Entry& old) { return old.Is(hash, key); });
  if (entry == end) {
    entry =
        std::min_element(set, end, [](const Entry& a, const Entry& b) { return a.used < b.used; });
  }
  entry->hash = hash;
  entry->own_version = key.own_version;
  entry->target_version = key.target_version;
  entry->used = ++shard.lookups;
  entry->decision = decision;
  entry->text.assign(key.identity).append(key.scopes);
  entry->text.append(key.resource.account().text()).append(name);
  entry->identity_length = static_cast<uint32_t>(key.identity.size());
  entry->scopes_length = static_cast<uint32_t>(key.scopes.size());
  entry->action = key.action;
  entry->resource_kind = key.resource.kind();
}

}  // namespace gantry::iam
