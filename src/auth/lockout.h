#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "iam/account_id.h"

namespace gantry::auth {

// Makes guessing of passwords slow. Failures count for the name they were tried on, whether it
// exists or not, in any case (directories know none), and for the address they came from; after the
// first few, each further one locks for twice as long as the one before. A success, or a day
// without failure, forgets a name's count; an address's fades with time only, so that a valid
// account of one's own does not help. Kept in memory, per node: what an attacker could make us
// write or remember is bounded, the oldest is forgotten. Threads: all methods from any thread.
class Lockout {
 public:
  struct Options {
    int free_failures_user = 5;
    int free_failures_peer = 20;
    Duration first_lock = Seconds(1);
    Duration longest_lock = Seconds(15 * 60);
    Duration forget_after = Hours(24);
    size_t entries_max = 100'000;  // of each kind
  };

  explicit Lockout(const Clock& clock) : Lockout(clock, Options()) {}
  Lockout(const Clock& clock, Options options) : clock_(clock), options_(options) {}

  // resource_exhausted/locked_out, with `retry_after_seconds` in the detail. Before a password is
  // looked at.
  Result<void> Check(const iam::AccountId& account, std::string_view user, std::string_view peer);
  void Failed(const iam::AccountId& account, std::string_view user, std::string_view peer);
  void Succeeded(const iam::AccountId& account, std::string_view user);

 private:
  struct Entry {
    int failures = 0;
    Time last;
    Time locked_until;
  };
  using Entries = std::unordered_map<std::string, Entry>;

  Time LockedUntil(const Entries& entries, const std::string& key) const;
  void Count(Entries& entries, const std::string& key, int free_failures) const;
  void MakeRoom(Entries& entries) const;

  const Clock& clock_;
  const Options options_;
  Mutex mutex_;
  Entries users_ GUARDED_BY(mutex_);
  Entries peers_ GUARDED_BY(mutex_);
};

}  // namespace gantry::auth
