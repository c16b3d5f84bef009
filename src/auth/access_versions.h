#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>

#include "base/mutex.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

namespace gantry::auth {

// What this process knows of the versions of accounts (meta/accounts.h): whatever was computed
// under a version that still stands is still right. Changes of this process are known when Write
// returns; changes of other nodes at the next Refresh, which the server calls every second when
// there can be other nodes. Threads: all methods from any thread.
class AccessVersions {
 public:
  // Counters of one account, never freed while the AccessVersions lives. -1: not known yet.
  struct Counters {
    std::atomic<int64_t> policies{-1};
    std::atomic<int64_t> identities{-1};
  };

  explicit AccessVersions(db::Db& db) : db_(db) {}

  // The counters of an account, whether it exists or not: an account that does not exist stays -1.
  const Counters& Of(const iam::AccountId& account);

  // Rises before the identities of any account do.
  int64_t IdentityChanges() const { return identity_changes_.load(); }

  // db::Db::Write, and then the new versions are known. Every change of identities or policies
  // goes this way, or is followed by Refresh (core, which does not know this class, moves policies
  // with a repository). REQUIRES: not called inside of a transaction.
  Result<void> Write(db::TxFunction function);

  // Reads the versions of all accounts. REQUIRES: as Write.
  Result<void> Refresh();

  db::Db& db() { return db_; }

 private:
  db::Db& db_;
  std::atomic<int64_t> identity_changes_{0};
  Mutex mutex_;
  std::map<iam::AccountId, std::unique_ptr<Counters>> accounts_ GUARDED_BY(mutex_);
};

}  // namespace gantry::auth
