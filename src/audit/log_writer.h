#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/catalog.h"
#include "audit/checkpoint_file.h"
#include "audit/frame_encoder.h"
#include "audit/record.h"
#include "audit/signing_key.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"

namespace gantry::audit {

// When a segment is closed: at the first of these. Records already handed in stay together.
struct SegmentLimits {
  int64_t bytes = 64 << 20;
  Duration age = Hours(24);
  size_t index_bytes = 32 << 20;  // memory of its index
};

// Writes the files of the log, without threads of its own:
//   <first sequence>.seg  the records (frame.h), closed by a footer; <...>.idx its index
//   checkpoints           signed hashes (checkpoint.h)
//   key.pem               the key that signs
// A batch is Prepare, any number of Add, Commit. What was added stays until a Commit succeeds:
// after an error call the same method again. A file whose sync failed is replaced by a copy of what
// was durable before, as the kernel forgets what it could not write. Threads: one; SignHead,
// HasUnsigned, RemoveBefore and PublicKey from any.
class LogWriter {
 public:
  // Goes on with the log in `fs`, whose root is the audit folder. What a crash left half written is
  // cut off; a segment that ends before the last checkpoint was damaged otherwise: it is left as it
  // is, and a new one begins. `fs`, `catalog`, `clock` and `logger` outlive this.
  static Result<std::unique_ptr<LogWriter>> Open(io::FileSystem& fs, Catalog& catalog,
                                                 const Clock& clock, log::Logger& logger,
                                                 const SegmentLimits& limits);

  // Makes sure that there is a segment to write to; closes one that has reached a limit.
  Result<void> Prepare();
  // REQUIRES: Prepare has succeeded since the last Commit.
  void Add(const RecordView& record);
  // Everything added is durable and can be searched for.
  Result<void> Commit();

  // Signs the end of the log, if something was committed since the last time.
  Result<void> SignHead();
  bool HasUnsigned() const;

  // Removes the closed segments, the oldest first, that only hold records older than `time`.
  // Returns how many.
  Result<int64_t> RemoveBefore(Time time);

  std::string PublicKey() const { return key_.PublicKey(); }

 private:
  // The end of what is durable.
  struct Head {
    uint64_t sequence = 0;
    std::string hash;
  };

  LogWriter(io::FileSystem& fs, Catalog& catalog, const Clock& clock, log::Logger& logger,
            const SegmentLimits& limits, SigningKey key);
  Result<void> Recover();
  Result<void> RecoverSegment(uint64_t first_sequence, uint64_t signed_sequence);
  Result<void> FinishRemoval(std::vector<uint64_t>& segments) REQUIRES_LOCK(head_mutex_);
  void ContinueAfter(const Checkpoint& checkpoint);
  void EndFrame();
  Result<void> Flush();
  Result<void> CloseSegment();
  Result<void> StartSegment();
  bool IsFull() const;
  Result<void> SignHeadLocked() REQUIRES_LOCK(head_mutex_);

  io::FileSystem& fs_;
  Catalog& catalog_;
  const Clock& clock_;
  log::Logger& logger_;
  const SegmentLimits limits_;
  const SigningKey key_;
  std::string installation_;

  // The open segment; no file: there is none.
  std::unique_ptr<io::File> file_;
  uint64_t first_sequence_ = 0;
  Time created_;
  int64_t durable_size_ = 0;
  bool suspect_ = false;  // a sync failed: the file is to be replaced
  bool closing_ = false;  // batch_ holds the footer

  uint64_t next_sequence_ = 1;
  std::string chain_hash_;  // of the last frame made, durable or not
  FrameEncoder encoder_;
  std::vector<TermHashes> terms_;  // of the records in the encoder
  std::string batch_;              // frames that are not durable

  mutable Mutex head_mutex_;
  Head head_ GUARDED_BY(head_mutex_);
  std::unique_ptr<CheckpointFile> checkpoints_ GUARDED_BY(head_mutex_);
};

}  // namespace gantry::audit
