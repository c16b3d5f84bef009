#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

namespace gantry::auth {

// Which groups of somebody who is known elsewhere are taken over.
struct OutsideGroupOptions {
  std::string prefix;   // only those whose name begins so; "" for all
  bool create = false;  // makes those that are not there; without, they are passed over
  std::string origin;   // description of those that are made: "of the directory"
};

// Brings the groups of users who are known elsewhere in line. Threads: all methods from any thread.
class OutsideGroups {
 public:
  explicit OutsideGroups(OutsideGroupOptions options) : options_(std::move(options)) {}

  // Whether the user's groups are exactly those of `groups` that are taken over.
  Result<bool> AreKept(db::Tx& tx, const iam::AccountId& account, const std::string& user,
                       const std::vector<std::string>& groups) const;
  // Makes it so. REQUIRES: there is such a user.
  Result<void> Keep(db::Tx& tx, const iam::AccountId& account, const std::string& user,
                    const std::vector<std::string>& groups, Time now) const;

 private:
  // Those of `groups` that are taken over, once each, in byte order.
  Result<std::vector<std::string>> Taken(db::Tx& tx, const iam::AccountId& account,
                                         const std::vector<std::string>& groups) const;

  const OutsideGroupOptions options_;
};

}  // namespace gantry::auth
