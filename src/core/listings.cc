#include "core/listings.h"

#include <algorithm>
#include <utility>

#include "base/glob.h"
#include "core/lookup.h"
#include "oci/manifest.h"

namespace gantry::core {
namespace {

constexpr int64_t kGlobScanMax = 10'000;
constexpr int64_t kGlobBatch = 500;

// Cuts the one item that was asked for beyond the page, to learn whether there is more.
template <typename T>
Page<T> CutPage(std::vector<T> items, int64_t limit) {
  Page<T> page;
  page.more = static_cast<int64_t>(items.size()) > limit;
  if (page.more) items.resize(static_cast<size_t>(limit));
  page.items = std::move(items);
  return page;
}

std::string LegacyTagOf(const oci::Digest& subject) {
  std::string tag = subject.text();
  tag[tag.find(':')] = '-';
  return tag;
}

meta::ReferrerRow RowOf(const oci::Descriptor& descriptor) {
  meta::ReferrerRow row;
  row.digest = descriptor.digest.text();
  row.media_type = descriptor.media_type;
  row.artifact_type = descriptor.artifact_type;
  row.size = descriptor.size;
  row.annotations = oci::RenderAnnotations(descriptor.annotations);
  return row;
}

// What an index under the legacy tag lists (OCI distribution 1.1, referrers tag schema); clients of
// registries without a referrers API, and of this one before it was copied here, wrote it.
Result<std::vector<meta::ReferrerRow>> LegacyReferrers(db::Tx& tx,
                                                       const meta::RepositoryKey& repository,
                                                       const oci::Digest& subject) {
  std::vector<meta::ReferrerRow> rows;
  const std::string text = LegacyTagOf(subject);
  const auto tag = oci::Tag::Parse(text);
  if (!tag.ok()) return rows;  // sha512: longer than a tag can be
  TRY_ASSIGN(const auto stored, meta::ReadTaggedManifest(tx, repository, *tag));
  if (!stored || stored->row.kind != oci::ManifestKind::kIndex) return rows;
  const auto index = oci::ParseManifest(stored->body, stored->row.media_type);
  if (!index.ok()) return rows;
  for (const auto& descriptor : index->manifests) rows.push_back(RowOf(descriptor));
  return rows;
}

void MergeInto(std::vector<meta::ReferrerRow>& rows, std::vector<meta::ReferrerRow> legacy,
               const std::string& artifact_type, const std::string& last) {
  for (auto& row : legacy) {
    if (row.digest <= last) continue;
    if (!artifact_type.empty() && row.artifact_type != artifact_type) continue;
    rows.push_back(std::move(row));
  }
  const auto by_digest = [](const auto& a, const auto& b) { return a.digest < b.digest; };
  const auto same_digest = [](const auto& a, const auto& b) { return a.digest == b.digest; };
  std::stable_sort(rows.begin(), rows.end(), by_digest);
  rows.erase(std::unique(rows.begin(), rows.end(), same_digest), rows.end());
}

}  // namespace

Result<Page<std::string>> Listings::TagNames(const meta::RepositoryKey& repository,
                                             const std::string& last, int64_t limit) {
  std::vector<std::string> names;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    TRY_ASSIGN(names, meta::ListTagNames(tx, id, last, limit + 1));
    return Ok();
  }));
  return CutPage(std::move(names), limit);
}

Result<Listings::TagListings> Listings::Tags(const meta::RepositoryKey& repository,
                                             const TagQuery& query) {
  TagListings listing;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    listing = {};
    TRY_ASSIGN(const auto id, RequireRepository(tx, repository));
    meta::TagPage page = query.page;
    const int64_t wanted = page.limit;
    page.limit = query.glob.empty() ? wanted + 1 : std::max(wanted + 1, kGlobBatch);
    for (int64_t looked_at = 0; looked_at < kGlobScanMax;) {
      TRY_ASSIGN(const auto batch, meta::ListTags(tx, id, page));
      for (const auto& tag : batch) {
        if (static_cast<int64_t>(listing.items.size()) == wanted) return Ok();
        if (query.glob.empty() || GlobMatches(query.glob, tag.name)) listing.items.push_back(tag);
        listing.next = tag;
      }
      looked_at += static_cast<int64_t>(batch.size());
      if (static_cast<int64_t>(batch.size()) < page.limit) {
        listing.next.reset();
        return Ok();
      }
      page.after_name = batch.back().name;
      page.after_time = batch.back().updated_at;
    }
    return Ok();
  }));
  return listing;
}

Result<Page<std::string>> Listings::Repositories(const iam::AccountId& account,
                                                 const std::string& last, int64_t limit) {
  std::vector<std::string> names;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(names, meta::ListRepositoryNames(tx, account, last, limit + 1));
    return Ok();
  }));
  return CutPage(std::move(names), limit);
}

Result<Page<meta::Repository>> Listings::RepositoryDetails(const iam::AccountId& account,
                                                           const std::string& last, int64_t limit) {
  std::vector<meta::Repository> repositories;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(repositories, meta::ListRepositories(tx, account, last, limit + 1));
    return Ok();
  }));
  return CutPage(std::move(repositories), limit);
}

Result<Page<meta::ReferrerRow>> Listings::Referrers(const meta::RepositoryKey& repository,
                                                    const oci::Digest& subject,
                                                    const std::string& artifact_type,
                                                    const std::string& last, int64_t limit) {
  std::vector<meta::ReferrerRow> rows;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(rows, meta::ListReferrers(tx, repository, subject, artifact_type, last, limit + 1));
    TRY_ASSIGN(auto legacy, LegacyReferrers(tx, repository, subject));
    if (!legacy.empty()) MergeInto(rows, std::move(legacy), artifact_type, last);
    return Ok();
  }));
  return CutPage(std::move(rows), limit);
}

}  // namespace gantry::core
