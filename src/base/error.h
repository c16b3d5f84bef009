#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gantry {

// The canonical codes. Each says who can do something about it; a dialect's table turns the
// reason (and, failing that, the code) into its own status and code.
enum class Code {
  kInvalidArgument,
  kUnauthenticated,
  kPermissionDenied,
  kNotFound,
  kAlreadyExists,
  kFailedPrecondition,
  kConflict,  // try again: somebody else was faster
  kOutOfRange,
  kTooLarge,
  kResourceExhausted,
  kUnsupported,
  kUnavailable,
  kDeadlineExceeded,
  kCancelled,
  kCorruption,
  kInternal,
};

// The snake_case name of a code, for logs.
std::string_view CodeName(Code code);

// An expected failure: a code, a stable reason word (snake_case, "manifest_unknown", for tables and
// tests), a sentence for people that says what was wrong, with which value, and what to do, and
// structured detail. One pointer wide; the success path of Result never touches it.
// Threads: const methods from any thread.
class Error {
 public:
  using Detail = std::vector<std::pair<std::string, std::string>>;

  // REQUIRES: `reason` is a string literal.
  Error(Code code, const char* reason, std::string message);

  Error(Error&&) noexcept = default;
  Error& operator=(Error&&) noexcept = default;
  Error(const Error& other);
  Error& operator=(const Error& other);
  ~Error() = default;

  Code code() const { return rep_->code; }
  std::string_view reason() const { return rep_->reason; }
  const std::string& message() const { return rep_->message; }
  const Detail& detail() const { return rep_->detail; }

  // Adds one field of detail; chainable.
  Error With(std::string key, std::string value) &&;
  // Puts "context: " before the message; chainable.
  Error In(std::string_view context) &&;

  // "code/reason: message", for logs.
  std::string ToString() const;

 private:
  struct Rep {
    Code code;
    const char* reason;
    std::string message;
    Detail detail;
  };
  std::unique_ptr<Rep> rep_;
};

Error InvalidArgument(const char* reason, std::string message);
Error NotFound(const char* reason, std::string message);
Error Internal(const char* reason, std::string message);
Error Unavailable(const char* reason, std::string message);
Error Corruption(const char* reason, std::string message);

// The error of a failed system call, from errno: ENOSPC and EDQUOT are
// resource_exhausted/disk_full, EMFILE and ENFILE resource_exhausted/too_many_open_files, ENOENT
// not_found/no_such_file, EEXIST already_exists/file_exists, EIO corruption/io_error, everything
// else internal/system_error.
Error FromErrno(int error_number, std::string_view what);

}  // namespace gantry
