#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/mutex.h"
#include "oci/digest.h"

namespace gantry::blob {

// One lock per digest, for those who change what is stored under it; readers take none.
// Threads: all methods from any thread.
class DigestLocks {
 public:
  class Guard {
   public:
    Guard(DigestLocks& locks, const oci::Digest& digest) : locks_(locks), digest_(digest.text()) {
      MutexLock lock(locks_.mutex_);
      while (!locks_.held_.insert(digest_).second) locks_.released_.Wait(locks_.mutex_);
    }
    ~Guard() {
      MutexLock lock(locks_.mutex_);
      locks_.held_.erase(digest_);
      locks_.released_.SignalAll();
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    DigestLocks& locks_;
    const std::string digest_;
  };

 private:
  Mutex mutex_;
  CondVar released_;
  std::unordered_set<std::string> held_ GUARDED_BY(mutex_);
};

}  // namespace gantry::blob
