#pragma once

#include <memory>
#include <optional>
#include <string>

#include "audit/checkpoint.h"
#include "audit/signing_key.h"
#include "base/result.h"
#include "io/file_system.h"
#include "log/log.h"

namespace gantry::audit {

// Writes the checkpoints of a log. Threads: one.
class CheckpointFile {
 public:
  // Cuts the last line off if it was not written to its end. `fs`, `key` and `logger` outlive this.
  static Result<std::unique_ptr<CheckpointFile>> Open(io::FileSystem& fs, const SigningKey& key,
                                                      log::Logger& logger);

  // The last checkpoint; nullopt: there is none that can be trusted.
  const std::optional<Checkpoint>& last() const { return last_; }
  // What retention has removed.
  const std::optional<Checkpoint>& removed() const { return removed_; }

  // Adds a line, durably. After an error nothing was added.
  Result<void> Append(const Checkpoint& head);
  // Begins the file anew: what retention removed, then a checkpoint. Durable, all or nothing.
  Result<void> Restart(const Checkpoint& removed, const Checkpoint& head);

 private:
  CheckpointFile(io::FileSystem& fs, const SigningKey& key) : fs_(fs), key_(key) {}
  Result<void> Load(log::Logger& logger);
  Result<std::string> ReadLine(int64_t number) const;
  Result<void> Cut(int64_t size);

  io::FileSystem& fs_;
  const SigningKey& key_;
  std::unique_ptr<io::File> file_;
  int64_t size_ = 0;      // of what is durable
  bool suspect_ = false;  // a sync failed: the file is to be made anew
  std::string last_line_;
  std::optional<Checkpoint> last_, removed_;
};

}  // namespace gantry::audit
