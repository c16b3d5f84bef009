#include "core/manifests.h"

#include <algorithm>
#include <utility>

#include "core/creation_templates.h"
#include "core/epochs.h"
#include "core/immutability.h"
#include "core/lookup.h"
#include "meta/blobs.h"
#include "meta/repositories.h"
#include "meta/tags.h"

namespace gantry::core {
namespace {

constexpr int64_t kCacheOverhead = 512;  // of one cached manifest, beside its body

std::string_view TextOf(const oci::Reference& reference) {
  const auto* tag = std::get_if<oci::Tag>(&reference);
  return tag != nullptr ? tag->text() : std::get<oci::Digest>(reference).text();
}

// The digest the manifest is stored under: the one in the URL or in the query if the bytes have it,
// else their sha256.
Result<oci::Digest> ChooseDigest(const PutManifest& put) {
  const auto* in_url = std::get_if<oci::Digest>(&put.reference);
  const oci::Digest* expected = in_url != nullptr ? in_url : (put.digest ? &*put.digest : nullptr);
  if (expected == nullptr) return oci::Digest::Of(oci::Algorithm::kSha256, put.body);
  oci::Digest actual = oci::Digest::Of(expected->algorithm(), put.body);
  if (actual == *expected) return actual;
  return InvalidArgument("digest_invalid", "the manifest's bytes have the digest " + actual.text() +
                                               ", not " + expected->text())
      .With("expected", expected->text())
      .With("actual", actual.text());
}

// Every blob the manifest needs, each once.
std::vector<const oci::Descriptor*> NeededBlobs(const oci::Manifest& manifest) {
  std::vector<const oci::Descriptor*> needed;
  if (manifest.config) needed.push_back(&*manifest.config);
  for (const auto& layer : manifest.layers) {
    if (!layer.IsNondistributable()) needed.push_back(&layer);
  }
  const auto by_digest = [](const auto* a, const auto* b) { return a->digest < b->digest; };
  const auto same_digest = [](const auto* a, const auto* b) { return a->digest == b->digest; };
  std::sort(needed.begin(), needed.end(), by_digest);
  needed.erase(std::unique(needed.begin(), needed.end(), same_digest), needed.end());
  return needed;
}

struct NeededRows {
  std::vector<meta::BlobId> present;
  std::vector<std::string> wanted;
};

Result<NeededRows> RequireBlobs(db::Tx& tx, meta::RepositoryId repository,
                                const oci::Manifest& manifest, bool allow_sparse) {
  NeededRows rows;
  for (const oci::Descriptor* needed : NeededBlobs(manifest)) {
    const std::string& digest = needed->digest.text();
    TRY_ASSIGN(const auto blob, meta::FindLinkedBlob(tx, repository, needed->digest));
    if (!blob || blob->state != meta::BlobState::kPresent) {
      if (!allow_sparse) {
        return InvalidArgument("manifest_blob_unknown",
                               "the manifest references blob " + digest +
                                   ", which the repository does not have; push the blob first")
            .With("digest", digest);
      }
      rows.wanted.push_back(digest);
      continue;
    }
    if (blob->size != needed->size) {
      return InvalidArgument("size_invalid", "the manifest says that blob " + digest + " has " +
                                                 std::to_string(needed->size) + " bytes, it has " +
                                                 std::to_string(blob->size))
          .With("digest", digest);
    }
    rows.present.push_back(blob->id);
  }
  return rows;
}

Result<void> RequireChildren(db::Tx& tx, meta::RepositoryId repository,
                             const oci::Manifest& manifest) {
  for (const auto& child : manifest.manifests) {
    TRY_ASSIGN(const bool exists, meta::ManifestExists(tx, repository, child.digest));
    if (exists) continue;
    return InvalidArgument("child_manifest_unknown",
                           "the index lists manifest " + child.digest.text() +
                               ", which the repository does not have; push it first")
        .With("digest", child.digest.text());
  }
  return Ok();
}

struct PutContext {
  const Store& store;
  const oci::Digest& digest;
  const oci::Manifest& manifest;
  const PutManifest& put;
  Time now;
};

// The id of the stored manifest: inserted, found as it was, or taken out of the trash.
Result<meta::ManifestId> StoreManifest(db::Tx& tx, meta::RepositoryId repository,
                                       const PutContext& context) {
  TRY_ASSIGN(const auto existing, meta::FindManifestOrTrashed(tx, repository, context.digest));
  // One digest is one thing in a repository: pushed again as something else, its references would
  // be those of the first push.
  if (existing && existing->media_type != context.manifest.media_type) {
    return InvalidArgument("manifest_invalid",
                           "the repository has manifest " + context.digest.text() + " as " +
                               existing->media_type + ", not as " + context.manifest.media_type)
        .With("field", "mediaType");
  }
  if (existing && !existing->trash) return existing->id;
  const bool allow_sparse = context.store.settings.allow_sparse_manifests;
  TRY_ASSIGN(const auto blobs, RequireBlobs(tx, repository, context.manifest, allow_sparse));
  if (!allow_sparse) TRY(RequireChildren(tx, repository, context.manifest));
  if (existing) {
    TRY(meta::RestoreManifest(tx, repository, *existing, context.now));
    return existing->id;
  }
  return meta::InsertManifest(tx, context.store.ids,
                              {repository, context.digest, context.manifest, context.put.body,
                               blobs.present, blobs.wanted, context.now});
}

// Creates the tag, or moves it if it may be moved: decided here, where it is done, so that of all
// who try at once one wins (invariant 6).
Result<void> PutTag(db::Tx& tx, const meta::RepositoryKey& name, meta::RepositoryId repository,
                    const oci::Tag& tag, meta::ManifestId manifest, Time now) {
  TRY_ASSIGN(const bool created, meta::CreateTag(tx, repository, tag, manifest, now));
  if (created) return Ok();
  TRY_ASSIGN(const auto existing, meta::FindTag(tx, repository, tag));
  if (existing && existing->manifest == manifest) return Ok();
  TRY_ASSIGN(const TagRules rules, ReadTagRules(tx, name, repository));
  if (!MayMoveTag(rules, tag.text(), existing && existing->locked))
    return TagImmutable(name, tag.text());
  return meta::SetTag(tx, repository, tag, manifest, now);
}

Result<void> PutInTransaction(db::Tx& tx, const meta::RepositoryKey& name,
                              const PutContext& context) {
  TRY_ASSIGN(const auto repository, EnsureRepositoryOnPush(tx, context.store, name, context.now));
  TRY_ASSIGN(const auto id, StoreManifest(tx, repository, context));
  if (const auto* tag = std::get_if<oci::Tag>(&context.put.reference)) {
    TRY(PutTag(tx, name, repository, *tag, id, context.now));
  }
  for (const auto& tag : context.put.tags) {
    TRY(PutTag(tx, name, repository, tag, id, context.now));
  }
  return Ok();
}

}  // namespace

Manifests::Manifests(const Store& store, int64_t cache_bytes)
    : store_(store), cache_(store.epochs, cache_bytes) {}

StoredManifestPointer Manifests::FindCached(std::string_view key, std::string_view reference) {
  return cache_.Find(key, reference);
}

Result<StoredManifestPointer> Manifests::Get(const meta::RepositoryKey& repository,
                                             const oci::Reference& reference) {
  const uint64_t epoch = store_.epochs.Read(repository.text());
  std::optional<meta::ManifestWithBody> found;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    const auto* tag = std::get_if<oci::Tag>(&reference);
    auto read = tag != nullptr
                    ? meta::ReadTaggedManifest(tx, repository, *tag)
                    : meta::ReadManifest(tx, repository, std::get<oci::Digest>(reference));
    TRY_ASSIGN(found, std::move(read));
    if (found) return Ok();
    return NotFoundIn(tx, repository, ManifestUnknown(repository, TextOf(reference)));
  }));
  auto body = std::make_shared<const std::string>(std::move(found->body));
  auto stored = std::make_shared<const StoredManifest>(
      StoredManifest{std::move(found->row.digest), std::move(found->row.media_type), body});
  cache_.Insert(repository.text(), TextOf(reference), epoch, stored,
                static_cast<int64_t>(body->size()) + kCacheOverhead);
  return StoredManifestPointer(stored);
}

Result<PutManifestResult> Manifests::Put(const meta::RepositoryKey& repository,
                                         const PutManifest& put) {
  TRY_ASSIGN(const oci::Manifest manifest, oci::ParseManifest(put.body, put.content_type));
  TRY_ASSIGN(const oci::Digest digest, ChooseDigest(put));
  const PutContext context{store_, digest, manifest, put, store_.clock.Now()};
  {
    const Epochs::Change change(store_.epochs, repository.text());
    TRY(store_.db.Write([&](db::Tx& tx) { return PutInTransaction(tx, repository, context); }));
  }
  PutManifestResult result{digest, std::nullopt};
  if (manifest.subject) result.subject = manifest.subject->digest;
  return result;
}

}  // namespace gantry::core
