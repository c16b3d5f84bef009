#include "core/trash.h"

#include <algorithm>
#include <list>
#include <set>
#include <string>
#include <utility>

#include "core/epochs.h"
#include "core/lookup.h"
#include "meta/blobs.h"
#include "meta/manifests.h"
#include "meta/policies.h"
#include "meta/repositories.h"
#include "meta/tags.h"

namespace gantry::core {
namespace {

Error TrashUnknown(meta::TrashId id) {
  return NotFound("trash_unknown", "there is no deletion " + std::to_string(id.value) +
                                       " in the trash; it was restored or purged")
      .With("id", std::to_string(id.value));
}

// So many manifests of one deletion are restored in one commit.
constexpr int64_t kManifestsMax = 1000;
constexpr int64_t kRunBatch = 200;

Result<void> RestoreTags(db::Tx& tx, const meta::TrashEntry& entry, Time now,
                         Trash::Restored& restored) {
  TRY_ASSIGN(const auto tags, meta::ListTrashedTags(tx, entry.id));
  for (const auto& trashed : tags) {
    TRY_ASSIGN(const auto tag, oci::Tag::Parse(trashed.name));
    TRY_ASSIGN(const bool created,
               meta::CreateTag(tx, entry.repository, tag, trashed.manifest, now));
    if (!created) {
      restored.tags_kept.push_back(trashed.name);
      continue;
    }
    if (trashed.locked) TRY(meta::LockTag(tx, entry.repository, tag, true));
    restored.tags.push_back(trashed.name);
  }
  return meta::DeleteTrashedTags(tx, entry.id);
}

// Where the repository has got others meanwhile, those stay.
Result<void> RestorePolicies(db::Tx& tx, const meta::TrashEntry& entry) {
  TRY_ASSIGN(const auto key, meta::RepositoryKey::Parse(entry.repository_key));
  const meta::PolicyScope trash = meta::ScopeOfTrash(entry.id);
  TRY(meta::MovePolicies(tx, key.account_id(), trash, meta::ScopeOf(key)));
  return meta::DeletePoliciesOf(tx, key.account_id(), trash);
}

// False: it is a piece of the work, and more is to be done. A refusal has written nothing.
Result<bool> RestoreEntry(db::Tx& tx, const meta::TrashEntry& entry, Time now,
                          Trash::Restored& restored) {
  if (entry.kind == meta::TrashKind::kTag) {
    TRY_ASSIGN(const auto tags, meta::ListTrashedTags(tx, entry.id));
    if (tags.empty()) {
      return Error(Code::kFailedPrecondition, "manifest_in_trash",
                   "the manifest that tag \"" + entry.subject +
                       "\" pointed to was deleted too; restore that deletion first")
          .With("tag", entry.subject);
    }
  }
  TRY(meta::ReviveRepository(tx, entry.repository, now));
  if (entry.kind == meta::TrashKind::kBlob) {
    TRY(meta::RestoreBlobLink(tx, entry.id));
    TRY(meta::DeleteTrash(tx, entry.id));
    return true;
  }
  TRY_ASSIGN(const auto manifests, meta::ListTrashedManifests(tx, entry.id, kManifestsMax));
  for (const auto& manifest : manifests) {
    TRY(meta::RestoreManifest(tx, entry.repository, manifest, now));
  }
  TRY_ASSIGN(const auto left, meta::ListTrashedManifests(tx, entry.id, 1));
  if (!left.empty()) return false;
  TRY(RestoreTags(tx, entry, now, restored));
  if (entry.kind == meta::TrashKind::kRepository) TRY(RestorePolicies(tx, entry));
  TRY(meta::DeleteTrash(tx, entry.id));
  return true;
}

Result<void> PurgePolicies(db::Tx& tx, const meta::TrashEntry& entry) {
  TRY_ASSIGN(const auto key, meta::RepositoryKey::Parse(entry.repository_key));
  return meta::DeletePoliciesOf(tx, key.account_id(), meta::ScopeOfTrash(entry.id));
}

// Deletes up to `manifests_max` of an entry's manifests for good, and the entry when none is left.
// Returns how many went, at least one.
Result<int64_t> PurgeEntry(db::Tx& tx, const meta::TrashEntry& entry, Time lease_until,
                           int64_t manifests_max) {
  TRY(meta::DeleteTrashedTags(tx, entry.id));
  TRY_ASSIGN(const auto manifests, meta::ListTrashedManifests(tx, entry.id, manifests_max));
  for (const auto& manifest : manifests) {
    TRY(meta::PurgeManifest(tx, entry.repository, manifest.id, lease_until));
  }
  TRY_ASSIGN(const auto left, meta::ListTrashedManifests(tx, entry.id, 1));
  // A blob's link stays unreadable and, without its trash row, is an ordinary case for the
  // collection.
  if (left.empty()) {
    if (entry.kind == meta::TrashKind::kRepository) TRY(PurgePolicies(tx, entry));
    TRY(meta::DeleteTrash(tx, entry.id));
  }
  return std::max<int64_t>(1, static_cast<int64_t>(manifests.size()));
}

}  // namespace

Result<Page<meta::TrashEntry>> Trash::List(const std::optional<meta::RepositoryKey>& repository,
                                           meta::TrashId after, int64_t limit) {
  Page<meta::TrashEntry> page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    meta::RepositoryId id;
    if (repository) {
      TRY_ASSIGN(const auto found, meta::FindRepositoryOrDeleted(tx, *repository));
      if (!found) return NameUnknown(*repository);
      id = *found;
    }
    TRY_ASSIGN(page.items, meta::ListTrash(tx, id, after, limit + 1));
    return Ok();
  }));
  page.more = static_cast<int64_t>(page.items.size()) > limit;
  if (page.more) page.items.pop_back();
  return page;
}

Result<Trash::Restored> Trash::Restore(meta::TrashId id) {
  Restored restored;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(auto entry, meta::FindTrash(tx, id));
    if (!entry) return TrashUnknown(id);
    restored.entry = *std::move(entry);
    return Ok();
  }));
  const Epochs::Change change(store_.epochs, restored.entry.repository_key);
  for (bool done = false; !done;) {
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      restored.tags.clear();
      restored.tags_kept.clear();
      TRY_ASSIGN(const auto entry, meta::FindTrash(tx, id));
      if (!entry) return TrashUnknown(id);
      TRY_ASSIGN(done, RestoreEntry(tx, *entry, store_.clock.Now(), restored));
      return Ok();
    }));
  }
  return restored;
}

Result<Trash::RestoredRun> Trash::RestoreRun(
    meta::RunId run, const std::function<void(const RestoredRun&)>& progress) {
  RestoredRun all;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(all.total, meta::CountTrashOfRun(tx, run));
    return Ok();
  }));
  if (all.total == 0) {
    return NotFound("run_unknown", "nothing of run " + std::to_string(run.value) +
                                       " is in the trash; it was restored or purged")
        .With("run", std::to_string(run.value));
  }
  for (meta::TrashId before;;) {
    std::vector<meta::TrashEntry> batch;
    TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(batch, meta::ListTrashOfRun(tx, run, before, kRunBatch));
      return Ok();
    }));
    if (batch.empty()) return all;
    TRY(RestoreBatch(batch, all));
    before = batch.back().id;
    progress(all);
  }
}

Result<void> Trash::RestoreBatch(const std::vector<meta::TrashEntry>& batch, RestoredRun& all) {
  std::set<std::string> keys;
  for (const auto& entry : batch) keys.insert(entry.repository_key);
  std::list<Epochs::Change> changes;
  for (const std::string& key : keys) changes.emplace_back(store_.epochs, key);
  for (size_t begun = 0; begun < batch.size();) {
    RestoredRun now;
    size_t at = begun;
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      now = all;
      for (at = begun; at < batch.size();) {
        TRY_ASSIGN(const bool more, RestoreOne(tx, batch[at], now));
        if (more) return Ok();
        at += 1;
      }
      return Ok();
    }));
    all = now;
    begun = at;
  }
  return Ok();
}

// True: more of the same entry is left, for another commit.
Result<bool> Trash::RestoreOne(db::Tx& tx, const meta::TrashEntry& listed, RestoredRun& all) {
  TRY_ASSIGN(const auto entry, meta::FindTrash(tx, listed.id));
  if (!entry) return false;  // somebody else was faster
  Restored restored;
  const auto done = RestoreEntry(tx, *entry, store_.clock.Now(), restored);
  if (!done.ok()) {
    if (done.error().code() != Code::kFailedPrecondition) return done.error();
    all.failed += 1;
    return false;
  }
  all.tags_kept += static_cast<int64_t>(restored.tags_kept.size());
  if (*done) all.restored += 1;
  return !*done;
}

Result<int64_t> Trash::PurgeExpired(int64_t limit) {
  const Time now = store_.clock.Now();
  int64_t purged = 0;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    purged = 0;
    TRY_ASSIGN(const auto expired, meta::ListExpiredTrash(tx, now, limit));
    // A blob counted as needed until now: whoever was told that it is there has the grace period
    // left.
    const Time lease_until = now + store_.settings.grace_period;
    for (const auto& entry : expired) {
      if (purged >= limit) break;
      TRY_ASSIGN(const int64_t gone, PurgeEntry(tx, entry, lease_until, limit - purged));
      purged += gone;
    }
    return Ok();
  }));
  return purged;
}

}  // namespace gantry::core
