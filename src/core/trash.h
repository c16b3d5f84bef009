#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/result.h"
#include "core/listings.h"
#include "core/store.h"
#include "meta/repository_key.h"
#include "meta/trash.h"

namespace gantry::core {

// Deletions that can still be undone.
// Threads: all methods from any thread; all block.
class Trash {
 public:
  explicit Trash(const Store& store) : store_(store) {}

  // Oldest first; all repositories when `repository` is nullopt.
  Result<Page<meta::TrashEntry>> List(const std::optional<meta::RepositoryKey>& repository,
                                      meta::TrashId after, int64_t limit);

  // Undoes one deletion: the manifest with its tags, the tag, or the blob is there again. Tags that
  // were created anew meanwhile keep what they point to now and are named in the result.
  // not_found/trash_unknown; failed_precondition/manifest_in_trash for a tag whose manifest was
  // deleted too (restore that first).
  struct Restored {
    meta::TrashEntry entry;
    std::vector<std::string> tags;       // that are there again
    std::vector<std::string> tags_kept;  // that exist anew and were left alone
  };
  Result<Restored> Restore(meta::TrashId id);

  // Undoes all deletions of a run, the latest first, in batches of commits; `progress` is told
  // after each. What cannot be undone (its manifest was deleted by somebody else, too) stays and is
  // counted. Doing it again goes on where it ended. not_found/run_unknown when nothing of it is in
  // the trash.
  struct RestoredRun {
    int64_t restored = 0;
    int64_t tags_kept = 0;  // that exist anew and were left alone
    int64_t failed = 0;
    int64_t total = 0;
  };
  Result<RestoredRun> RestoreRun(meta::RunId run,
                                 const std::function<void(const RestoredRun&)>& progress);

  // Deletes for good up to `limit` manifests, tags and blobs whose time has come; returns how many.
  Result<int64_t> PurgeExpired(int64_t limit);

 private:
  Result<void> RestoreBatch(const std::vector<meta::TrashEntry>& batch, RestoredRun& all);
  Result<bool> RestoreOne(db::Tx& tx, const meta::TrashEntry& listed, RestoredRun& all);

  Store store_;
};

}  // namespace gantry::core
