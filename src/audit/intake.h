#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "audit/record.h"
#include "base/function_ref.h"

namespace gantry::audit {

// Where records wait for the writer. Several buffers, so that threads rarely meet; each is held
// only for as long as a record is copied, and one that is held is passed over for the next.
// Threads: Append from any; Take one at a time.
class Intake {
 public:
  static constexpr size_t kShards = 8;

  // A place in the queue. shard == kShards: refused.
  struct Place {
    size_t shard = kShards;
    uint64_t position = 0;
    size_t waiting_bytes = 0;  // in that shard, this record included
  };
  struct Batch {
    std::array<std::string, kShards> bytes;
    std::array<uint64_t, kShards> positions{};  // of the last record of each shard, taken so far
    bool empty() const;
    // The records, shard by shard. The views are valid until the batch changes.
    void ForEach(FunctionRef<void(const RecordView&)> visit) const;
  };

  // `shard_bytes`: what each buffer holds at most.
  explicit Intake(size_t shard_bytes) : shard_bytes_(shard_bytes) {}

  // Refused when all buffers are full.
  Place Append(const RecordView& record);
  // Moves all that waits to `batch`, which loses what it had.
  void Take(Batch& batch);

 private:
  struct alignas(64) Shard {
    std::atomic_flag held;
    std::string bytes;
    uint64_t position = 0;
  };

  const size_t shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace gantry::audit
