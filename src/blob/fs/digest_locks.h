#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/mutex.h"
#include "oci/digest.h"

namespace gantry::blob {

// One lock per digest, for those who change what is stored under it; readers take none. Who takes
// several waits until all are free, so that no two wait for each other.
// Threads: all methods from any thread.
class DigestLocks {
 public:
  class Guard {
   public:
    Guard(DigestLocks& locks, const oci::Digest& digest) : Guard(locks, {&digest, 1}) {}
    // Each digest once or more often.
    Guard(DigestLocks& locks, std::span<const oci::Digest> digests) : locks_(locks) {
      for (const oci::Digest& digest : digests) digests_.insert(digest.text());
      MutexLock lock(locks_.mutex_);
      while (AnyHeld()) locks_.released_.Wait(locks_.mutex_);
      locks_.held_.insert(digests_.begin(), digests_.end());
    }
    ~Guard() {
      MutexLock lock(locks_.mutex_);
      for (const std::string& digest : digests_) locks_.held_.erase(digest);
      locks_.released_.SignalAll();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    bool AnyHeld() const REQUIRES_LOCK(locks_.mutex_) {
      for (const std::string& digest : digests_)
        if (locks_.held_.contains(digest)) return true;
      return false;
    }

    DigestLocks& locks_;
    std::unordered_set<std::string> digests_;
  };

 private:
  Mutex mutex_;
  CondVar released_;
  std::unordered_set<std::string> held_ GUARDED_BY(mutex_);
};

}  // namespace gantry::blob
