// How manifests and tags are deleted. The declarations are in core/manifests.h.
#include <algorithm>
#include <utility>

#include "core/epochs.h"
#include "core/immutability.h"
#include "core/lookup.h"
#include "core/manifests.h"
#include "core/pins.h"
#include "meta/images.h"
#include "meta/tags.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

struct Context {
  db::Tx& tx;
  const Store& store;
  const meta::RepositoryKey& key;
  meta::RepositoryId repository;
  const TagRules& rules;
  Time now;
};

Result<meta::TrashId> InsertTrash(const Context& context, meta::TrashKind kind,
                                  const std::string& subject, const Deletion& deletion) {
  meta::TrashEntry entry;
  entry.repository = context.repository;
  entry.kind = kind;
  entry.subject = subject;
  entry.reason = deletion.reason;
  entry.deleted_at = context.now;
  entry.purge_at = context.now + context.store.settings.trash_period;
  entry.run = deletion.run;
  return meta::InsertTrash(context.tx, context.store.ids, entry);
}

// All is checked before anything is written: a refusal leaves the transaction as it was.
Result<void> DeleteOne(const Context& context, const oci::Digest& digest,
                       const std::vector<std::string>* tags_seen, const Deletion& deletion) {
  db::Tx& tx = context.tx;
  TRY_ASSIGN(const auto existing, meta::FindManifestOrTrashed(tx, context.repository, digest));
  if (!existing || existing->trash) return ManifestUnknown(context.key, digest.text());
  TRY_ASSIGN(const auto listed_by, meta::AnyIndexOf(tx, context.repository, digest));
  if (listed_by) {
    return Error(Code::kFailedPrecondition, "manifest_referenced",
                 "index " + *listed_by + " lists manifest " + digest.text() +
                     "; delete the index first")
        .With("digest", digest.text())
        .With("index", *listed_by);
  }
  TRY_ASSIGN(const auto tags, meta::ListTagsOf(tx, existing->id));
  std::vector<std::string> names;
  for (const auto& tag : tags) {
    if (!MayDeleteTag(context.rules, tag.name, tag.locked))
      return TagUndeletable(context.key, tag.name);
    names.push_back(tag.name);
  }
  std::sort(names.begin(), names.end());
  if (tags_seen != nullptr && names != *tags_seen) {
    return Error(Code::kFailedPrecondition, "image_changed",
                 "the tags of image " + digest.text() + " have changed since it was looked at")
        .With("digest", digest.text());
  }
  if (!deletion.force)
    TRY(RequireNoPin(tx, context.key, context.repository, digest.text(), context.now));
  TRY_ASSIGN(const auto trash,
             InsertTrash(context, meta::TrashKind::kManifest, digest.text(), deletion));
  TRY(meta::TrashTagsOf(tx, context.repository, existing->id, trash, context.now));
  return meta::TrashManifest(tx, context.repository, *existing, trash, context.now);
}

// Of refusals, which concern one victim alone; the rest ends the transaction.
bool IsRefusal(const Error& error) {
  return error.code() == Code::kFailedPrecondition || error.code() == Code::kNotFound;
}

}  // namespace

Result<void> Manifests::DeleteTag(const meta::RepositoryKey& repository, const oci::Tag& tag,
                                  const Deletion& deletion) {
  const Time now = store_.clock.Now();
  const Epochs::Change change(store_.epochs, repository.text());
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    TRY_ASSIGN(const auto existing, meta::FindTag(tx, id, tag));
    if (!existing) return ManifestUnknown(repository, tag.text());
    TRY_ASSIGN(const TagRules rules, ReadTagRules(tx, repository, id));
    if (!MayDeleteTag(rules, tag.text(), existing->locked))
      return TagUndeletable(repository, tag.text());
    if (!deletion.force) {
      TRY_ASSIGN(const auto tags, meta::ListTagsOf(tx, existing->manifest));
      if (tags.size() == 1) {
        TRY_ASSIGN(const auto tagged, meta::ReadTaggedManifest(tx, repository, tag));
        if (tagged) TRY(RequireNoPin(tx, repository, id, tagged->row.digest, now));
      }
    }
    const Context context{tx, store_, repository, id, rules, now};
    TRY_ASSIGN(const auto trash, InsertTrash(context, meta::TrashKind::kTag, tag.text(), deletion));
    TRY(meta::TrashTag(tx, id, tag, trash, now));
    return Ok();
  });
}

Result<void> Manifests::DeleteManifest(const meta::RepositoryKey& repository,
                                       const oci::Digest& digest, const Deletion& deletion) {
  const Time now = store_.clock.Now();
  const Epochs::Change change(store_.epochs, repository.text());
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    TRY_ASSIGN(const TagRules rules, ReadTagRules(tx, repository, id));
    return DeleteOne({tx, store_, repository, id, rules, now}, digest, nullptr, deletion);
  });
}

Result<std::vector<std::optional<Error>>> Manifests::DeleteAll(
    const meta::RepositoryKey& repository, const std::vector<Victim>& victims, meta::RunId run) {
  const Time now = store_.clock.Now();
  std::vector<std::optional<Error>> refusals;
  const Epochs::Change change(store_.epochs, repository.text());
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    refusals.clear();
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    TRY_ASSIGN(const TagRules rules, ReadTagRules(tx, repository, id));
    const Context context{tx, store_, repository, id, rules, now};
    for (const Victim& victim : victims) {
      auto deleted = DeleteOne(context, victim.digest, &victim.tags, {victim.reason, run});
      if (!deleted.ok() && !IsRefusal(deleted.error())) return std::move(deleted).error();
      refusals.push_back(deleted.ok() ? std::nullopt
                                      : std::optional<Error>(std::move(deleted).error()));
    }
    return Ok();
  }));
  return refusals;
}

}  // namespace gantry::core
