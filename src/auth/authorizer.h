#pragma once

#include <map>
#include <memory>
#include <optional>

#include "auth/access_versions.h"
#include "auth/session.h"
#include "base/mutex.h"
#include "base/result.h"
#include "iam/decision_cache.h"
#include "iam/policy_set.h"
#include "log/log.h"

namespace gantry::auth {

// Decides with the policies of the accounts as they are at the moment: a change holds for the next
// request. Decisions are remembered as long as the policies stand.
// Threads: all methods from any thread.
class Authorizer {
 public:
  // `access` and `logger` outlive this.
  Authorizer(AccessVersions& access, log::Logger& logger)
      : access_(access), logger_(logger), decisions_(kDecisionsMax) {}

  // Whether the session may do `action` to `resource`. Blocks when an account's policies changed
  // (they are read from the database); the errors are the database's.
  Result<iam::Decision> Decide(const Session& session, iam::Action action,
                               const iam::Resource& resource, const iam::RequestContext& context);

  // The same without blocking, from what is remembered; nullopt: ask Decide. For reactor threads.
  std::optional<iam::Decision> TryDecide(const Session& session, iam::Action action,
                                         const iam::Resource& resource);

  // The policies of an account as of now; those of an account that does not exist allow nothing.
  Result<std::shared_ptr<const iam::PolicySet>> PoliciesOf(const iam::AccountId& account);

 private:
  static constexpr size_t kDecisionsMax = 65'536;

  Result<std::shared_ptr<const iam::PolicySet>> Build(const iam::AccountId& account);

  AccessVersions& access_;
  log::Logger& logger_;
  iam::DecisionCache decisions_;
  Mutex mutex_;
  // Shared with the requests that decide by them; the latest of each account.
  std::map<iam::AccountId, std::shared_ptr<const iam::PolicySet>> sets_ GUARDED_BY(mutex_);
};

}  // namespace gantry::auth
