#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/signing_key.h"
#include "base/clock.h"

// The file `checkpoints`: lines of one length, each signed together with the line before it.
//
//   checkpoint 00000000000000000042 00001700000000000000 <64 hex digits> <128 hex digits>
//   removed    ...
//
// after the kind: sequence, time in µs, the log's hash behind that sequence, signature. "removed"
// says that retention took everything up to that sequence away; it can only be the first line.
namespace gantry::audit {

struct Checkpoint {
  enum class Kind { kHead, kRemoved };
  Kind kind = Kind::kHead;
  uint64_t sequence = 0;
  Time time;
  std::string hash;  // 32 bytes
};

inline constexpr size_t kCheckpointLineSize = 247;
inline constexpr const char* kCheckpointsName = "checkpoints";

// A whole line. `previous_line` is the one before, "" for the first.
std::string SignCheckpoint(const Checkpoint& checkpoint, std::string_view previous_line,
                           const SigningKey& key);

// nullopt: `line` is not one that this key made after `previous_line`.
std::optional<Checkpoint> VerifyCheckpoint(std::string_view line, std::string_view previous_line,
                                           std::string_view public_key);

}  // namespace gantry::audit
