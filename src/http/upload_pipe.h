#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "http/memory_budget.h"

namespace gantry::http {

// A piece of a body on its way from a connection to a worker.
struct Block {
  std::unique_ptr<char[]> bytes;
  size_t capacity = 0;
  size_t size = 0;
  std::string_view view() const { return {bytes.get(), size}; }
};

// The bounded pipe of one upload: the reactor fills blocks, straight from the socket where it can,
// and one worker at a time empties them. Small bodies use small blocks; a body that goes on gets
// larger ones, so that a client that sends little holds little.
// Threads: the functions of the producer from the reactor, those of the consumer from one worker at
// a time.
class UploadPipe {
 public:
  static constexpr size_t kBlockBytesMin = 16 << 10;
  static constexpr size_t kBlockBytesMax = 256 << 10;
  static constexpr size_t kPipeBytesMax = 1 << 20;
  // As many bytes are worth a worker's visit.
  static constexpr size_t kBatchBytes = 256 << 10;

  // `tell_returns`: the producer wants to be told of every block that comes back.
  UploadPipe(MemoryBudget& budget, bool tell_returns)
      : budget_(budget), tell_returns_(tell_returns) {}
  ~UploadPipe();
  UploadPipe(const UploadPipe&) = delete;
  UploadPipe& operator=(const UploadPipe&) = delete;

  // Producer ---------------------------------------------------------------
  // Where the next bytes go; empty: the pipe is full, the consumer will ask the producer to go on.
  // `expected`: how many are still to come, -1 if unknown; a hint for the size of a block.
  std::span<char> Space(int64_t expected);
  // `n` bytes were put there.
  void Commit(size_t n);
  // No more will come. What is in a half-filled block is handed over.
  void End();
  // True when a worker must be scheduled now; the producer then must do it. `open`: a worker is
  // wanted even if there is little for it.
  bool ClaimRun(bool open);
  // The first answer counts: nothing is taken from now on; the consumer stops. True when a worker
  // must be scheduled to clean up.
  bool Abort();
  // How many bytes the consumer has written since the last call.
  size_t TakeReturned();
  // True if the pipe had to refuse the very first block.
  bool out_of_memory() const { return out_of_memory_; }
  // The consumer wants no more: the answer is there, or on its way.
  bool closed() const;

  // Consumer ---------------------------------------------------------------
  struct Batch {
    std::vector<Block> blocks;
    bool end = false;
    bool aborted = false;
  };
  // What is there. Nothing, no end and not aborted: the run is over, and the consumer must return
  // (the producer may schedule the next).
  Batch Take();
  bool IsAborted();
  // Gives a block back. True when the producer waits for it and must be told.
  bool Return(Block block);
  // The consumer needs no more: a run ends without looking for more.
  void Finish();

 private:
  void HandOver() REQUIRES_LOCK(mutex_);
  bool HasBatch() const REQUIRES_LOCK(mutex_);
  size_t NextCapacity(int64_t expected) const;

  MemoryBudget& budget_;
  const bool tell_returns_;
  Block current_;        // the producer's
  size_t received_ = 0;  // the producer's
  bool out_of_memory_ = false;

  mutable Mutex mutex_;
  std::vector<Block> ready_ GUARDED_BY(mutex_);
  std::vector<Block> free_ GUARDED_BY(mutex_);
  size_t ready_bytes_ GUARDED_BY(mutex_) = 0;
  size_t allocated_ GUARDED_BY(mutex_) = 0;
  size_t returned_ GUARDED_BY(mutex_) = 0;
  bool end_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;  // a worker is scheduled
  bool waiting_ GUARDED_BY(mutex_) = false;  // the producer has no space
  bool aborted_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;
  bool opened_ GUARDED_BY(mutex_) = false;  // a worker has been there
};

}  // namespace gantry::http
