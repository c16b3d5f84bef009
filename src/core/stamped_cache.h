#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "core/epochs.h"

namespace gantry::core {

// Remembers (repository, reference) → immutable value for as long as the repository's epoch stands
// still. Bounded by a cost in bytes; the least recently used go first.
// Threads: all methods from any thread; a lock is held for one map operation and never across a
// call.
template <typename T>
class StampedCache {
 public:
  using Pointer = std::shared_ptr<const T>;

  // `epochs` outlives the cache. `cost_max` in bytes, over all entries.
  StampedCache(const Epochs& epochs, int64_t cost_max)
      : epochs_(epochs), shard_cost_max_(cost_max / static_cast<int64_t>(kShards)) {}

  // nullptr when nothing valid is remembered.
  Pointer Find(std::string_view repository, std::string_view reference) {
    const uint64_t now = epochs_.Read(repository);
    if (now == 0) return nullptr;
    const Key key{repository, reference};
    Shard& shard = ShardOf(key);
    MutexLock lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found == shard.index.end()) return nullptr;
    const auto entry = found->second;
    if (entry->epoch != now) {
      Erase(shard, entry);
      return nullptr;
    }
    shard.entries.splice(shard.entries.begin(), shard.entries, entry);
    return entry->value;
  }

  // `epoch` is what Epochs::Read gave before the value was read from the database; zero: not kept.
  void Insert(std::string_view repository, std::string_view reference, uint64_t epoch,
              Pointer value, int64_t cost) {
    if (epoch == 0 || cost > shard_cost_max_) return;
    const Key key{repository, reference};
    Shard& shard = ShardOf(key);
    MutexLock lock(shard.mutex);
    const auto found = shard.index.find(key);
    if (found != shard.index.end()) Erase(shard, found->second);
    shard.entries.push_front(
        Entry{std::string(repository), std::string(reference), epoch, cost, std::move(value)});
    const auto entry = shard.entries.begin();
    shard.index.emplace(Key{entry->repository, entry->reference}, entry);
    shard.cost += cost;
    while (shard.cost > shard_cost_max_) Erase(shard, std::prev(shard.entries.end()));
  }

 private:
  static constexpr size_t kShards = 16;

  struct Entry {
    std::string repository;
    std::string reference;
    uint64_t epoch;
    int64_t cost;
    Pointer value;
  };
  // Views into the Entry, or into a caller's arguments while it looks up.
  struct Key {
    std::string_view repository;
    std::string_view reference;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      const std::hash<std::string_view> hash;
      return hash(key.repository) * 31 + hash(key.reference);
    }
  };
  struct Shard {
    Mutex mutex;
    std::list<Entry> entries GUARDED_BY(mutex);
    std::unordered_map<Key, typename std::list<Entry>::iterator, Hash> index GUARDED_BY(mutex);
    int64_t cost GUARDED_BY(mutex) = 0;
  };

  Shard& ShardOf(const Key& key) { return shards_[Hash{}(key) >> 7 & (kShards - 1)]; }

  void Erase(Shard& shard, typename std::list<Entry>::iterator entry) REQUIRES_LOCK(shard.mutex) {
    shard.cost -= entry->cost;
    shard.index.erase(Key{entry->repository, entry->reference});
    shard.entries.erase(entry);
  }

  const Epochs& epochs_;
  const int64_t shard_cost_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace gantry::core
