#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audit/log.h"
#include "audit/record.h"
#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

// Where records are copied to. Threads: one.
class ExportTarget {
 public:
  virtual ~ExportTarget() = default;
  // Takes the entries, in order. After an error any part of them may have arrived, and they come
  // again: a target may get an entry twice, and tells it by the sequence.
  virtual Result<void> Send(std::span<const Entry> entries) = 0;
};

// Copies the log to a target, and remembers in a file how far it got. Threads: one.
class Exporter {
 public:
  static constexpr int kStepMax = kSearchLimitMax;

  // The cursor is kept in `cursor_name` in `fs`; absent: from the beginning. All outlive this.
  Exporter(Log& log, io::FileSystem& fs, std::string cursor_name, ExportTarget& target)
      : log_(log), fs_(fs), cursor_name_(std::move(cursor_name)), target_(target) {}

  // Sends the next kStepMax entries that are durable, at most, and returns how many. Errors: those
  // of the target; corruption/audit_segment_damaged: nothing is passed over that cannot be read;
  // corruption/export_cursor_invalid; failed_precondition/export_cursor_ahead when the log is
  // shorter.
  Result<int64_t> Step();

  // The last sequence that was sent, as far as this object knows. Any thread.
  uint64_t cursor() const { return cursor_.load(std::memory_order_relaxed); }

 private:
  Result<void> LoadCursor();
  Result<void> SaveCursor(uint64_t sequence);

  Log& log_;
  io::FileSystem& fs_;
  const std::string cursor_name_;
  ExportTarget& target_;
  bool loaded_ = false;
  std::atomic<uint64_t> cursor_{0};
};

// Appends entries to a file as lines of JSON, durably. An entry that a crash cut off stays as a
// line of its own. The file may be moved away at any time: each Send opens it anew.
class FileTarget final : public ExportTarget {
 public:
  explicit FileTarget(std::string path) : path_(std::move(path)) {}
  Result<void> Send(std::span<const Entry> entries) override;

 private:
  const std::string path_;
};

}  // namespace gantry::audit
