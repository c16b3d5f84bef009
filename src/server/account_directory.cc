#include "server/account_directory.h"

#include <utility>

#include "meta/accounts.h"

namespace gantry::server {
namespace {

constexpr int64_t kPage = 1000;

}  // namespace

Result<void> AccountDirectory::Refresh(db::Db& db) {
  auto names = std::make_shared<Names>();
  TRY(db.Read([&](db::Tx& tx) -> Result<void> {
    names->clear();
    std::string after;
    for (;;) {
      TRY_ASSIGN(const auto page, meta::ListAccounts(tx, after, kPage));
      for (const meta::AccountRow& account : page) {
        after = account.id.text();
        names->emplace(after, account.id);
        names->emplace(account.alias, account.id);
      }
      if (page.size() < static_cast<size_t>(kPage)) return Ok();
    }
  }));
  MutexLock lock(mutex_);
  names_ = std::move(names);
  return Ok();
}

std::optional<iam::AccountId> AccountDirectory::Find(std::string_view id_or_alias) const {
  std::shared_ptr<const Names> names;
  {
    MutexLock lock(mutex_);
    names = names_;
  }
  const auto found = names->find(id_or_alias);
  if (found == names->end()) return std::nullopt;
  return found->second;
}

}  // namespace gantry::server
