#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "audit/index.h"
#include "base/mutex.h"
#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

// Which segments there are, and how to find records in each: the one that grows and those just
// closed in memory, the others by their index files, which are made again when they are damaged.
// Threads: all methods from any thread; Begin to Close from the log's writer only.
class Catalog {
 public:
  // `fs` outlives this.
  explicit Catalog(io::FileSystem& fs) : fs_(fs) {}

  // A segment that is closed already.
  void AddClosed(uint64_t first_sequence);
  // The segment that grows from now on, with what it holds already.
  void Begin(std::unique_ptr<Index> index);
  // A frame at `offset` of the open segment, which is not to be found before SetDurable.
  void AddFrame(std::span<const TermHashes> records, int64_t offset, Time time_min, Time time_max);
  // Records up to this sequence can be found.
  void SetDurable(uint64_t sequence);
  // The open segment ends. Its index stays in memory until WriteNextIndex.
  void Close(std::string final_hash);
  void Remove(uint64_t first_sequence);
  // Bytes of memory of the open segment's index.
  size_t OpenMemory() const;

  // Writes the index file of a segment that has none. False: all have one.
  Result<bool> WriteNextIndex();

  uint64_t durable_sequence() const;
  // First sequences, ascending.
  std::vector<uint64_t> Segments() const;
  // What a search of that segment needs. corruption/audit_segment_damaged, not_found/no_such_file.
  Result<SegmentLists> Find(uint64_t first_sequence, const std::vector<uint64_t>& terms);

 private:
  struct Closed {
    std::shared_ptr<const Index> index;  // shared with searches; it does not change any more
    std::string final_hash;
  };

  std::shared_ptr<const Index> FindClosed(uint64_t first_sequence) const;
  Result<SegmentLists> Rebuild(uint64_t first_sequence, const std::vector<uint64_t>& terms);

  io::FileSystem& fs_;
  Mutex file_mutex_;  // one index file is written at a time; taken before mutex_
  mutable Mutex mutex_;
  std::set<uint64_t> segments_ GUARDED_BY(mutex_);
  std::set<uint64_t> unchecked_ GUARDED_BY(mutex_);  // those that may have no index file
  std::deque<Closed> closed_ GUARDED_BY(mutex_);     // those whose index is still in memory
  std::unique_ptr<Index> open_ GUARDED_BY(mutex_);
  uint64_t durable_ GUARDED_BY(mutex_) = 0;
};

}  // namespace gantry::audit
