#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "meta/repository_key.h"

// What shows in a few reads by index whether anything but pushes has happened to a repository that
// could matter to its lifecycle policies.
namespace gantry::meta {

struct LifecycleMarks {
  RepositoryId repository{};  // none: there is no such repository
  int64_t manifests = 0;      // without those in the trash
  int64_t tags = 0;
  TrashId newest_deletion{};  // of those that are in the trash
  std::string policies;       // scope, form and time of each that may concern it
  bool operator==(const LifecycleMarks&) const = default;
};
Result<LifecycleMarks> ReadLifecycleMarks(db::Tx& tx, const RepositoryKey& key);

// Tags that were made or moved at or after `since`.
struct TagChanges {
  int64_t changed = 0;
  int64_t of_old = 0;  // of them, on manifests that were pushed before
};
Result<TagChanges> ReadTagChanges(db::Tx& tx, RepositoryId repository, Time since);

}  // namespace gantry::meta
