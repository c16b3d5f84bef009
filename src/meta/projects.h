#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over projects. Changes raise the account's version of policies.
namespace gantry::meta {

struct Project {
  std::string name;             // "" is the root project
  bool anonymous_pull = false;  // whoever asks may pull
  Time created_at;
};

Result<std::optional<Project>> FindProject(db::Tx& tx, const iam::AccountId& account,
                                           const std::string& name);
// Inserts or replaces (created_at stays).
Result<void> PutProject(db::Tx& tx, const iam::AccountId& account, const Project& project);
// False: there was none. Its repositories are not looked at.
Result<bool> DeleteProject(db::Tx& tx, const iam::AccountId& account, const std::string& name);
// Up to `limit` by name, after `after`; nullopt from the start.
Result<std::vector<Project>> ListProjects(db::Tx& tx, const iam::AccountId& account,
                                          const std::optional<std::string>& after, int64_t limit);

}  // namespace gantry::meta
