#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "audit/catalog.h"
#include "audit/intake.h"
#include "audit/log_writer.h"
#include "audit/record.h"
#include "audit/search.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"

namespace gantry::audit {

struct LogOptions {
  SegmentLimits segment;
  // Records that nobody waits for are durable after that time, or when that many bytes wait.
  Duration sync_interval = Millis(200);
  size_t sync_bytes = 1 << 20;
  // How often the end of a growing log is signed.
  Duration checkpoint_interval = Seconds(30);
  // A log that could not write tries again after that time, or when somebody waits.
  Duration retry_interval = Seconds(1);
};

// The tamper-evident log: what was done in this installation, by whom and to what. Records are
// chained by hashes, the end of the chain is signed; verify.h finds what was changed. Memory is
// bounded: at most 16 times `sync_bytes` wait, in 8 buffers and the batch that is being written.
//
// When the disk is full or broken nothing is dropped: what was appended is written as soon as it
// can be. Until then Wait returns the error, healthy() is false, and when the buffers are full
// Append refuses: the caller must then refuse the request (503), for it cannot be recorded.
// Threads: all methods from any thread.
class Log {
 public:
  // What was appended. A refused one is not in the log, and never will be.
  struct Ticket {
    size_t shard = Intake::kShards;
    uint64_t position = 0;
    bool refused() const { return shard == Intake::kShards; }
  };

  // Opens the log in `fs`, whose root is the audit folder, as LogWriter says. Begins two threads:
  // one writes and syncs, one of low priority writes indexes. `fs`, `clock` and `logger` outlive
  // this.
  static Result<std::unique_ptr<Log>> Open(io::FileSystem& fs, const Clock& clock,
                                           log::Logger& logger, const LogOptions& options = {});
  // Writes what waits and signs the end. REQUIRES: no other thread is in a call.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Puts a record into the log, behind everything that is durable; records that become durable
  // together stand in any order. Never blocks on I/O; fit for a reactor. Texts are copied, and cut
  // to kFieldBytesMax and kDetailBytesMax.
  [[nodiscard]] Ticket Append(const RecordView& record);

  // Blocks until the record is durable; all who wait share one sync. After an error the record is
  // not durable yet; it may become so later. Errors: resource_exhausted/audit_log_full for a
  // refused ticket, else those of the file system.
  Result<void> Wait(Ticket ticket);

  // False while the last attempt to write failed.
  bool healthy() const { return healthy_.load(std::memory_order_relaxed); }
  uint64_t durable_sequence() const { return catalog_.durable_sequence(); }

  // See search.h.
  Result<SearchResult> Find(const Query& query) { return Search(fs_, catalog_, query); }
  // Retention: removes closed segments, the oldest first, all of whose records are older than
  // `time`, and leaves a signed note of it. Returns how many.
  Result<int64_t> RemoveBefore(Time time) { return writer_->RemoveBefore(time); }
  // Signs the end of the log now, if it is not signed.
  Result<void> SignHead() { return writer_->SignHead(); }
  // 32 raw bytes: what Verify checks the signatures with.
  std::string PublicKey() const { return writer_->PublicKey(); }

 private:
  Log(io::FileSystem& fs, const Clock& clock, log::Logger& logger, const LogOptions& options);
  void WriteLoop();
  void IndexLoop();
  void WakeWriter(bool urgent);
  bool WaitForRecords();
  void WriteBatch(const Intake::Batch& batch);
  bool WaitToRetry(const Error& error);
  void Acknowledge(const Intake::Batch& batch);
  void SignWhenDue();

  io::FileSystem& fs_;
  const Clock& clock_;
  log::Logger& logger_;
  const LogOptions options_;
  Intake intake_;
  Catalog catalog_;
  std::unique_ptr<LogWriter> writer_;
  std::atomic<bool> healthy_{true};
  std::atomic<bool> pending_{false};  // the writer knows that records wait

  Mutex mutex_;  // held for moments only, never during I/O
  CondVar wake_writer_, wake_indexer_, acknowledged_;
  bool urgent_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool index_waits_ GUARDED_BY(mutex_) = true;
  std::array<uint64_t, Intake::kShards> durable_ GUARDED_BY(mutex_){};
  uint64_t failures_ GUARDED_BY(mutex_) = 0;
  std::optional<Error> error_ GUARDED_BY(mutex_);  // of the last failure

  Time next_checkpoint_;  // the writer thread's
  std::thread write_thread_, index_thread_;
};

}  // namespace gantry::audit
