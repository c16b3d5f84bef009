#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

namespace gantry::server {

// The accounts of this installation, in memory, for those who may not block.
// Threads: all methods from any thread.
class AccountDirectory {
 public:
  // Reads them anew. A new account or alias is known from then on.
  Result<void> Refresh(db::Db& db);

  // The account of an id or an alias; nullopt when there is none.
  std::optional<iam::AccountId> Find(std::string_view id_or_alias) const;

 private:
  using Names = std::map<std::string, iam::AccountId, std::less<>>;  // ids and aliases

  mutable Mutex mutex_;
  std::shared_ptr<const Names> names_ GUARDED_BY(mutex_) = std::make_shared<const Names>();
};

}  // namespace gantry::server
