#include "blob/fs/reader_cache.h"

namespace gantry::blob {

ReaderCache::Lookup ReaderCache::Find(const oci::Digest& digest) {
  Shard& shard = ShardOf(digest);
  MutexLock lock(shard.mutex);
  const auto place = shard.places.find(digest.text());
  if (place == shard.places.end()) return {nullptr, shard.age};
  shard.entries.splice(shard.entries.begin(), shard.entries, place->second);
  return {place->second->reader, shard.age};
}

void ReaderCache::Insert(const oci::Digest& digest, uint64_t age, Reader reader) {
  Shard& shard = ShardOf(digest);
  Reader evicted;  // closed after the lock is released
  MutexLock lock(shard.mutex);
  if (shard.age != age || shard.places.contains(digest.text())) return;
  shard.entries.push_front({digest.text(), std::move(reader)});
  shard.places[shard.entries.front().digest] = shard.entries.begin();
  if (shard.entries.size() <= shard_max_) return;
  shard.places.erase(shard.entries.back().digest);
  evicted = std::move(shard.entries.back().reader);
  shard.entries.pop_back();
}

void ReaderCache::Invalidate(const oci::Digest& digest) {
  Shard& shard = ShardOf(digest);
  Reader removed;
  MutexLock lock(shard.mutex);
  ++shard.age;
  const auto place = shard.places.find(digest.text());
  if (place == shard.places.end()) return;
  removed = std::move(place->second->reader);
  shard.entries.erase(place->second);
  shard.places.erase(place);
}

}  // namespace gantry::blob
