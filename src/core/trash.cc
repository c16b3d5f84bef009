#include "core/trash.h"

#include <utility>

#include "core/epochs.h"
#include "core/lookup.h"
#include "meta/blobs.h"
#include "meta/manifests.h"
#include "meta/tags.h"

namespace gantry::core {
namespace {

Error TrashUnknown(meta::TrashId id) {
  return NotFound("trash_unknown", "there is no deletion " + std::to_string(id.value) +
                                       " in the trash; it was restored or purged")
      .With("id", std::to_string(id.value));
}

Result<void> RestoreTags(db::Tx& tx, const meta::TrashEntry& entry, Time now,
                         Trash::Restored& restored) {
  TRY_ASSIGN(const auto tags, meta::ListTrashedTags(tx, entry.id));
  for (const auto& trashed : tags) {
    TRY_ASSIGN(const auto tag, oci::Tag::Parse(trashed.name));
    TRY_ASSIGN(const auto existing, meta::FindTag(tx, entry.repository, tag));
    if (existing) {
      restored.tags_kept.push_back(trashed.name);
      continue;
    }
    TRY(meta::SetTag(tx, entry.repository, tag, trashed.manifest, now));
    restored.tags.push_back(trashed.name);
  }
  return meta::DeleteTrashedTags(tx, entry.id);
}

Result<void> RestoreEntry(db::Tx& tx, const meta::TrashEntry& entry, Time now,
                          Trash::Restored& restored) {
  if (entry.kind == meta::TrashKind::kBlob) {
    TRY(meta::RestoreBlobLink(tx, entry.id));
    return meta::DeleteTrash(tx, entry.id);
  }
  TRY_ASSIGN(const auto manifests, meta::ListTrashedManifests(tx, entry.id));
  for (const auto& manifest : manifests) {
    TRY(meta::RestoreManifest(tx, entry.repository, manifest, now));
  }
  TRY(RestoreTags(tx, entry, now, restored));
  if (entry.kind == meta::TrashKind::kTag && restored.tags.empty() && restored.tags_kept.empty()) {
    return Error(Code::kFailedPrecondition, "manifest_in_trash",
                 "the manifest that tag \"" + entry.subject +
                     "\" pointed to was deleted too; restore that deletion first")
        .With("tag", entry.subject);
  }
  return meta::DeleteTrash(tx, entry.id);
}

Result<void> PurgeEntry(db::Tx& tx, const meta::TrashEntry& entry, Time lease_until) {
  TRY(meta::DeleteTrashedTags(tx, entry.id));
  TRY_ASSIGN(const auto manifests, meta::ListTrashedManifests(tx, entry.id));
  for (const auto& manifest : manifests) {
    TRY(meta::PurgeManifest(tx, entry.repository, manifest.id, lease_until));
  }
  // A blob's link stays unreadable and, without its trash row, is an ordinary case for the
  // collection.
  return meta::DeleteTrash(tx, entry.id);
}

}  // namespace

Result<Page<meta::TrashEntry>> Trash::List(const std::optional<meta::RepositoryKey>& repository,
                                           meta::TrashId after, int64_t limit) {
  Page<meta::TrashEntry> page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    meta::RepositoryId id;
    if (repository) {
      TRY_ASSIGN(id, RequireRepository(tx, *repository));
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
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    restored.tags.clear();
    restored.tags_kept.clear();
    TRY_ASSIGN(const auto entry, meta::FindTrash(tx, id));
    if (!entry) return TrashUnknown(id);
    return RestoreEntry(tx, *entry, store_.clock.Now(), restored);
  }));
  return restored;
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
    for (const auto& entry : expired) TRY(PurgeEntry(tx, entry, lease_until));
    purged = static_cast<int64_t>(expired.size());
    return Ok();
  }));
  return purged;
}

}  // namespace gantry::core
