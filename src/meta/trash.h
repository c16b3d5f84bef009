#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"

// Queries over the trash: deletions that can be undone until `purge_at`.
namespace gantry::meta {

enum class TrashKind : int64_t { kTag = 0, kManifest = 1, kBlob = 2, kRepository = 3 };

struct TrashEntry {
  TrashId id;
  RepositoryId repository;
  std::string repository_key;  // RepositoryKey::text()
  TrashKind kind = TrashKind::kTag;
  std::string subject;  // a tag, a digest, or the name of the repository
  std::string reason;   // who wanted it: "api", later the rule of a policy
  Time deleted_at;
  Time purge_at;
  RunId run{};  // none: a deletion of its own
};

// `entry.id` and `entry.repository_key` are not read.
Result<TrashId> InsertTrash(db::Tx& tx, IdGenerator& ids, const TrashEntry& entry);
Result<std::optional<TrashEntry>> FindTrash(db::Tx& tx, TrashId id);
// Oldest first, after `after` (none: from the start); all repositories when `repository` is none.
Result<std::vector<TrashEntry>> ListTrash(db::Tx& tx, RepositoryId repository, TrashId after,
                                          int64_t limit);
// Of one run, the latest first, before `before` (none: from the latest): the order in which they
// can be undone.
Result<std::vector<TrashEntry>> ListTrashOfRun(db::Tx& tx, RunId run, TrashId before,
                                               int64_t limit);
Result<int64_t> CountTrashOfRun(db::Tx& tx, RunId run);
// Whose time has come, oldest first.
Result<std::vector<TrashEntry>> ListExpiredTrash(db::Tx& tx, Time now, int64_t limit);
// No change when there is none. REQUIRES: no trashed tag refers to it any more.
Result<void> DeleteTrash(db::Tx& tx, TrashId id);

// A hold keeps the collection from removing blobs until `until`.
Result<void> InsertHold(db::Tx& tx, int64_t id, const std::string& reason, Time until);
Result<void> DeleteHold(db::Tx& tx, int64_t id);
Result<bool> AnyHold(db::Tx& tx, Time now);

}  // namespace gantry::meta
