#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"

namespace gantry::crypto {

// Of Argon2id (RFC 9106). The default is OWASP's: 19 MiB, two passes, one lane.
struct PasswordCost {
  uint32_t memory_kib = 19 * 1024;
  uint32_t passes = 2;
  uint32_t lanes = 1;
};

struct PasswordCheck {
  bool matches = false;
  bool weaker = false;  // the hash costs less than it should: hash the password anew
};

// Hashes of passwords as PHC strings, "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH". Each computation
// takes memory, so that few run at once and few may wait.
// Threads: all methods from any thread; they block.
class PasswordHasher {
 public:
  struct Options {
    PasswordCost cost = {};
    int at_once = 2;
    int waiting_max = 64;
  };

  PasswordHasher() : PasswordHasher(Options()) {}
  explicit PasswordHasher(Options options) : options_(options) {}

  // Longer passwords are refused: nobody types them.
  static constexpr size_t kPasswordBytesMax = 1024;

  // invalid_argument/password_too_long, resource_exhausted/too_many_logins.
  Result<std::string> Hash(std::string_view password);
  // Compares in constant time. A `hash` of any other form, of a cost beyond 256 MiB, 16 passes or
  // 16 lanes, or "" matches nothing, at the same cost. A password too long matches nothing.
  // Errors: resource_exhausted/too_many_logins.
  Result<PasswordCheck> Check(std::string_view password, const std::string& hash);

  // How often Argon2 ran.
  int64_t computations() const { return computations_.load(); }

 private:
  // One of `at_once` permits.
  class Permit {
   public:
    explicit Permit(PasswordHasher& hasher) : hasher_(hasher) {}
    ~Permit() { hasher_.Leave(); }
    Permit(const Permit&) = delete;
    Permit& operator=(const Permit&) = delete;

   private:
    PasswordHasher& hasher_;
  };
  Result<void> Enter() EXCLUDES_LOCK(mutex_);
  void Leave() EXCLUDES_LOCK(mutex_);

  const Options options_;
  std::atomic<int64_t> computations_{0};
  Mutex mutex_;
  CondVar left_;
  int running_ GUARDED_BY(mutex_) = 0;
  int waiting_ GUARDED_BY(mutex_) = 0;
};

}  // namespace gantry::crypto
