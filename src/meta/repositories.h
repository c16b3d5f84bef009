#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"
#include "meta/repository_key.h"

// Queries over repositories. All functions run inside the caller's transaction.
namespace gantry::meta {

// Sizes of one repository, exact at every commit. A blob counts once per repository that links it;
// its bytes are shared when another repository links it too.
struct RepositoryCounts {
  int64_t tags = 0;
  int64_t manifests = 0;       // without those in the trash
  int64_t manifest_bytes = 0;  // without those in the trash
  int64_t blobs = 0;           // links, those in the trash included
  int64_t blob_bytes = 0;
  int64_t shared_bytes = 0;  // of blob_bytes; the rest is unique to this repository
};

struct Repository {
  RepositoryId id;
  std::string account;
  std::string name;  // in that account
  Time created_at;
  Time updated_at;
  RepositoryCounts counts;
};

// A deleted repository (see below) is found by none of these.
Result<std::optional<RepositoryId>> FindRepositoryId(db::Tx& tx, const RepositoryKey& key);
Result<std::optional<Repository>> FindRepository(db::Tx& tx, const RepositoryKey& key);

// The repository's id; creates it if there is none.
Result<RepositoryId> EnsureRepository(db::Tx& tx, IdGenerator& ids, const RepositoryKey& key,
                                      Time now);
// The same, and whether it was created just now. A deleted one is taken over: it lives again
// without settings, labels and images; what is in the trash can still be restored into it.
struct EnsuredRepository {
  RepositoryId id;
  bool created = false;
};
Result<EnsuredRepository> CreateRepositoryIfNone(db::Tx& tx, IdGenerator& ids,
                                                 const RepositoryKey& key, Time now);

// Up to `limit` names of the account in byte order after `after` ("" from the start).
Result<std::vector<std::string>> ListRepositoryNames(db::Tx& tx, const iam::AccountId& account,
                                                     const std::string& after, int64_t limit);
// The same, whole.
Result<std::vector<Repository>> ListRepositories(db::Tx& tx, const iam::AccountId& account,
                                                 const std::string& after, int64_t limit);
// Those whose names begin with `prefix`.
Result<std::vector<Repository>> ListRepositoriesWithPrefix(db::Tx& tx,
                                                           const iam::AccountId& account,
                                                           const std::string& prefix,
                                                           const std::string& after, int64_t limit);

// Adds to the counters; `updated_at` becomes `now`. REQUIRES: it exists (internal/row_missing).
Result<void> AddToRepository(db::Tx& tx, RepositoryId id, const RepositoryCounts& change, Time now);

// Bytes of links that no manifest needs and that are not in the trash: what a collection frees once
// their leases have ended (a shared blob's bytes once its last repository lets go of it).
Result<int64_t> ReclaimableBytes(db::Tx& tx, RepositoryId id);

// Deletes a repository: its manifests and tags are put into the trash under `trash`, its links can
// be read no more, and no lookup or list has it. REQUIRES: it lives (internal/row_missing); the row
// of `trash` is of kRepository. Its settings and labels stay for ReviveRepository.
Result<void> TrashRepository(db::Tx& tx, RepositoryId id, TrashId trash, RunId run, Time now);
// A deleted repository lives again with its settings and labels; its images are still in the trash.
// No change when it lives.
Result<void> ReviveRepository(db::Tx& tx, RepositoryId id, Time now);
// The id, deleted or not.
Result<std::optional<RepositoryId>> FindRepositoryOrDeleted(db::Tx& tx, const RepositoryKey& key);
// Deletes up to `limit` rows of deleted repositories that nothing is left of; returns how many.
Result<int64_t> RemoveDeletedRepositories(db::Tx& tx, int64_t limit);

}  // namespace gantry::meta
