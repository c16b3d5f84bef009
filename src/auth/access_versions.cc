#include "auth/access_versions.h"

#include "meta/accounts.h"

namespace gantry::auth {
namespace {

// Versions only rise; whoever read an older one comes too late.
void RaiseTo(std::atomic<int64_t>& counter, int64_t version) {
  int64_t known = counter.load();
  while (known < version && !counter.compare_exchange_weak(known, version)) {
  }
}

}  // namespace

const AccessVersions::Counters& AccessVersions::Of(const iam::AccountId& account) {
  MutexLock lock(mutex_);
  auto& counters = accounts_[account];
  if (counters == nullptr) counters = std::make_unique<Counters>();
  return *counters;
}

Result<void> AccessVersions::Write(db::TxFunction function) {
  const Result<void> written = db_.Write(function);
  // Also after an error: that of a commit whose outcome is not known may have changed something.
  const Result<void> refreshed = Refresh();
  if (!written.ok()) return written.error();
  return refreshed;
}

Result<void> AccessVersions::Refresh() {
  std::vector<meta::AccountVersions> found;
  TRY(db_.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, meta::ListAccountVersions(tx));
    return Ok();
  }));
  MutexLock lock(mutex_);
  for (const meta::AccountVersions& versions : found) {
    auto& counters = accounts_[versions.account];
    if (counters == nullptr) counters = std::make_unique<Counters>();
    RaiseTo(counters->policies, versions.policies);
    if (counters->identities.load() < versions.identities) identity_changes_ += 1;
    RaiseTo(counters->identities, versions.identities);
  }
  return Ok();
}

}  // namespace gantry::auth
