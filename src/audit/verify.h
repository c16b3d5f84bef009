#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

// Something that is not as it was written.
struct Problem {
  enum class Kind {
    kKey,          // key.pem is missing or is no key, and no public key was given
    kCheckpoint,   // a line of `checkpoints` was changed, moved or removed
    kMissing,      // records are missing: a segment was removed or the log was cut
    kSegment,      // a segment's header or name was changed, or it stands in the wrong place
    kFrame,        // records were changed, moved or removed within a segment
    kUnfinished,   // the last segment ends within a frame: a crash does that too, until the next
                   // start
    kSignedOther,  // the chain is whole, but it is not the one that was signed
  };
  Kind kind;
  std::string file;       // name in the audit folder
  uint64_t sequence = 0;  // of the first record concerned; 0: none
  std::string text;       // for people
};

// "key", "checkpoint", "missing" ...
std::string_view ProblemName(Problem::Kind kind);

struct VerifyReport {
  std::vector<Problem> problems;  // the first kProblemsMax
  uint64_t problems_count = 0;
  uint64_t segments = 0;
  uint64_t records = 0;
  uint64_t first_sequence = 0;    // of what is there; 0: nothing
  uint64_t last_sequence = 0;     // of what is there
  uint64_t removed_sequence = 0;  // retention removed everything up to here; 0: nothing
  uint64_t signed_sequence = 0;   // of the last checkpoint; what follows is chained, not signed yet
  uint64_t checkpoints = 0;
  bool ok() const { return problems_count == 0; }
};
inline constexpr size_t kProblemsMax = 100;

struct VerifyOptions {
  // 32 raw bytes, kept outside of the machine; absent: that of key.pem, which whoever can change
  // the log can change as well.
  std::optional<std::string> public_key;
  // Only what is durable up to this sequence, for a log that is being written:
  // Log::durable_sequence.
  std::optional<uint64_t> last_sequence;
};

// Reads a whole log, whose audit folder is the root of `fs`, with a constant amount of memory.
// Finds every byte that was changed, and every record that was removed, added or moved, up to the
// last checkpoint; behind it, it cannot tell records that were cut off at the end from such that
// never were. Errors are those of the file system.
Result<VerifyReport> Verify(io::FileSystem& fs, const VerifyOptions& options = {});

}  // namespace gantry::audit
