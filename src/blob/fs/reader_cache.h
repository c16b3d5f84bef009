#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"
#include "blob/blob_store.h"
#include "oci/digest.h"

namespace gantry::blob {

// Open blobs, the least recently used ones closed first, so that reading a popular blob again costs
// no system call. Never returns a reader that was opened before an Invalidate of its digest.
// Threads: all methods from any thread; a lock is held for a look-up in a table.
class ReaderCache {
 public:
  using Reader = std::shared_ptr<const BlobReader>;  // shared: readers outlive their place here

  explicit ReaderCache(size_t readers_max) : shard_max_(readers_max / kShards) {}

  struct Lookup {
    Reader reader;     // nullptr: not here
    uint64_t age = 0;  // for Insert
  };
  Lookup Find(const oci::Digest& digest);
  // Remembers a reader that was opened after Find returned `age`.
  void Insert(const oci::Digest& digest, uint64_t age, Reader reader);
  // To be called after the blob's file was removed or replaced.
  void Invalidate(const oci::Digest& digest);

 private:
  static constexpr size_t kShards = 16;

  struct Entry {
    std::string digest;
    Reader reader;
  };
  struct Shard {
    Mutex mutex;
    uint64_t age GUARDED_BY(mutex) = 0;          // grows with every Invalidate
    std::list<Entry> entries GUARDED_BY(mutex);  // the most recently used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> places GUARDED_BY(mutex);
  };

  Shard& ShardOf(const oci::Digest& digest) {
    return shards_[std::hash<std::string_view>{}(digest.text()) % kShards];
  }

  const size_t shard_max_;
  std::array<Shard, kShards> shards_;
};

}  // namespace gantry::blob
