#include "meta/images.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <set>
#include <utility>

#include "meta/query.h"

namespace gantry::meta {
namespace {

// Notes of pulls are this far apart at least.
constexpr Duration kPullInterval = Hours(1);

constexpr db::Sql kList{
    "SELECT m.id, m.digest, m.media_type, m.artifact_type, m.subject_digest, m.kind, m.size,"
    " m.content_size, m.pushed_at, p.last_pulled_at FROM manifests m"
    " LEFT JOIN manifest_pulls p ON p.manifest_id = m.id"
    " WHERE m.repository_id = $1 AND m.digest > $2 AND m.trash_id IS NULL"
    " ORDER BY m.digest LIMIT $3"};
constexpr db::Sql kListTagged{
    "SELECT m.id, m.digest, m.media_type, m.artifact_type, m.subject_digest, m.kind, m.size,"
    " m.content_size, m.pushed_at, p.last_pulled_at FROM manifests m"
    " LEFT JOIN manifest_pulls p ON p.manifest_id = m.id"
    " WHERE m.repository_id = $1 AND m.digest > $2 AND m.trash_id IS NULL"
    " AND EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id) ORDER BY m.digest LIMIT $3"};
constexpr db::Sql kListUntagged{
    "SELECT m.id, m.digest, m.media_type, m.artifact_type, m.subject_digest, m.kind, m.size,"
    " m.content_size, m.pushed_at, p.last_pulled_at FROM manifests m"
    " LEFT JOIN manifest_pulls p ON p.manifest_id = m.id"
    " WHERE m.repository_id = $1 AND m.digest > $2 AND m.trash_id IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.manifest_id = m.id)"
    " ORDER BY m.digest LIMIT $3"};
constexpr db::Sql kFind{
    "SELECT m.id, m.digest, m.media_type, m.artifact_type, m.subject_digest, m.kind, m.size,"
    " m.content_size, m.pushed_at, p.last_pulled_at FROM manifests m"
    " LEFT JOIN manifest_pulls p ON p.manifest_id = m.id"
    " WHERE m.repository_id = $1 AND m.digest = $2 AND m.trash_id IS NULL"};

// What belongs to the manifests between two digests, in the order of their digests.
constexpr db::Sql kTags{
    "SELECT m.digest, t.name FROM manifests m CROSS JOIN tags t WHERE t.manifest_id = m.id"
    " AND m.repository_id = $1 AND m.digest >= $2 AND m.digest <= $3 AND m.trash_id IS NULL"
    " ORDER BY m.digest"};
constexpr db::Sql kParents{
    "SELECT c.child_digest, i.digest FROM manifest_children c CROSS JOIN manifests i"
    " WHERE i.id = c.manifest_id AND c.repository_id = $1 AND c.child_digest >= $2"
    " AND c.child_digest <= $3 AND i.trash_id IS NULL ORDER BY c.child_digest"};
constexpr db::Sql kChildren{
    "SELECT m.digest, c.child_digest, COALESCE(k.content_size, 0)"
    " FROM manifests m CROSS JOIN manifest_children c"
    " LEFT JOIN manifests k ON k.repository_id = m.repository_id AND k.digest = c.child_digest"
    " AND k.trash_id IS NULL WHERE c.manifest_id = m.id AND m.repository_id = $1"
    " AND m.digest >= $2 AND m.digest <= $3 AND m.trash_id IS NULL ORDER BY m.digest"};

constexpr db::Sql kIndexesOf{
    "SELECT i.digest FROM manifest_children c CROSS JOIN manifests i WHERE i.id = c.manifest_id"
    " AND c.repository_id = $1 AND c.child_digest = $2 AND i.trash_id IS NULL"};
constexpr db::Sql kChildrenOf{
    "SELECT c.child_digest FROM manifests m CROSS JOIN manifest_children c"
    " WHERE c.manifest_id = m.id AND m.repository_id = $1 AND m.digest = $2"
    " AND m.trash_id IS NULL"};
constexpr db::Sql kSubjectOf{
    "SELECT m.subject_digest FROM manifests m WHERE m.repository_id = $1 AND m.digest = $2"
    " AND m.trash_id IS NULL AND m.subject_digest IS NOT NULL"};
constexpr db::Sql kReferrersOf{
    "SELECT m.digest FROM manifests m WHERE m.repository_id = $1 AND m.subject_digest = $2"
    " AND m.trash_id IS NULL"};

constexpr db::Sql kNotePull{
    "INSERT INTO manifest_pulls (manifest_id, last_pulled_at)"
    " SELECT m.id, CAST($3 AS BIGINT) FROM manifests m"
    " WHERE m.repository_id = $1 AND m.digest = $2 AND m.trash_id IS NULL"
    " ON CONFLICT (manifest_id) DO UPDATE SET last_pulled_at = excluded.last_pulled_at"
    " WHERE manifest_pulls.last_pulled_at <= $4"};

Image ImageOf(const db::Row& row) {
  Image image;
  image.id = ManifestId{row.Integer(0)};
  image.digest = row.Text(1);
  image.media_type = row.Text(2);
  image.artifact_type = row.Text(3);
  if (!row.IsNull(4)) image.subject = row.Text(4);
  image.kind = static_cast<oci::ManifestKind>(row.Integer(5));
  image.manifest_size = row.Integer(6);
  image.image_size = row.Integer(7);
  image.pushed_at = Time{row.Integer(8)};
  if (!row.IsNull(9)) image.last_pulled_at = Time{row.Integer(9)};
  return image;
}

std::string TextOf(const db::Row& row) { return std::string(row.Text(0)); }

// Indexes within indexes and referrers of referrers are followed this far, and so many digests are
// looked at.
constexpr int kDepthMax = 8;
constexpr size_t kUnitMax = 10'000;

// Digests in the order in which they were found, each once.
class Digests {
 public:
  bool Has(const std::string& digest) const { return seen_.count(digest) != 0; }

  // What a statement finds for a digest.
  Result<void> Add(db::Tx& tx, const db::Sql& sql, RepositoryId repository,
                   const std::string& digest) {
    TRY_ASSIGN(const auto found,
               QueryAll<std::string>(tx, sql, {repository.value, digest}, TextOf));
    for (const std::string& one : found) AddOne(one);
    return Ok();
  }

  // A digest, all that it lists, and all that lists it.
  Result<void> AddTree(db::Tx& tx, RepositoryId repository, const std::string& digest) {
    AddOne(digest);
    TRY(Follow(tx, kIndexesOf, repository, digest));
    return Follow(tx, kChildrenOf, repository, digest);
  }

  std::vector<std::string> Take() { return std::move(order_); }

 private:
  void AddOne(const std::string& digest) {
    if (order_.size() < kUnitMax && seen_.insert(digest).second) order_.push_back(digest);
  }

  Result<void> Follow(db::Tx& tx, const db::Sql& sql, RepositoryId repository,
                      const std::string& digest) {
    std::vector<std::string> level = {digest};
    for (int depth = 0; depth < kDepthMax && !level.empty(); ++depth) {
      const size_t before = order_.size();
      for (const std::string& one : level) TRY(Add(tx, sql, repository, one));
      level.assign(order_.begin() + static_cast<std::ptrdiff_t>(before), order_.end());
    }
    return Ok();
  }

  std::set<std::string> seen_;
  std::vector<std::string> order_;
};

const db::Sql& ListOf(ImageFilter filter) {
  switch (filter) {
    case ImageFilter::kTagged:
      return kListTagged;
    case ImageFilter::kUntagged:
      return kListUntagged;
    default:
      return kList;
  }
}

// Runs a statement over the range of the page; `add` gets each row with the image that its first
// column names. Rows of others, which a filter left out, are passed over.
Result<void> AddTo(db::Tx& tx, const db::Sql& sql, RepositoryId repository,
                   std::vector<Image>& page,
                   const std::function<void(Image&, const db::Row&)>& add) {
  auto at = page.begin();
  return tx.Query(sql, {repository.value, page.front().digest, page.back().digest},
                  [&](const db::Row& row) {
                    while (at != page.end() && at->digest < row.Text(0)) ++at;
                    if (at != page.end() && at->digest == row.Text(0)) add(*at, row);
                    return Ok();
                  });
}

Result<void> Complete(db::Tx& tx, RepositoryId repository, std::vector<Image>& page) {
  if (page.empty()) return Ok();
  TRY(AddTo(tx, kTags, repository, page,
            [](Image& image, const db::Row& row) { image.tags.emplace_back(row.Text(1)); }));
  TRY(AddTo(tx, kParents, repository, page,
            [](Image& image, const db::Row& row) { image.parents.emplace_back(row.Text(1)); }));
  TRY(AddTo(tx, kChildren, repository, page, [](Image& image, const db::Row& row) {
    image.children.emplace_back(row.Text(1));
    image.image_size = std::max(image.image_size, row.Integer(2));
  }));
  for (Image& image : page) {
    for (auto* texts : {&image.tags, &image.parents, &image.children}) {
      std::sort(texts->begin(), texts->end());
    }
  }
  return Ok();
}

}  // namespace

Result<std::vector<Image>> ListImages(db::Tx& tx, RepositoryId repository, ImageFilter filter,
                                      const std::string& after, int64_t limit) {
  TRY_ASSIGN(auto page,
             QueryAll<Image>(tx, ListOf(filter), {repository.value, after, limit}, ImageOf));
  TRY(Complete(tx, repository, page));
  return page;
}

Result<std::optional<Image>> FindImage(db::Tx& tx, RepositoryId repository,
                                       const oci::Digest& digest) {
  TRY_ASSIGN(auto found, QueryAll<Image>(tx, kFind, {repository.value, digest.text()}, ImageOf));
  TRY(Complete(tx, repository, found));
  if (found.empty()) return std::optional<Image>();
  return std::optional(std::move(found.front()));
}

Result<std::vector<std::string>> DigestsOfUnit(db::Tx& tx, RepositoryId repository,
                                               const std::string& digest) {
  Digests unit;
  TRY(unit.AddTree(tx, repository, digest));
  // What refers to it goes with it; what it refers to, and where that is listed, keeps it.
  TRY(unit.Add(tx, kReferrersOf, repository, digest));
  std::string subject = digest;
  for (int depth = 0; depth < kDepthMax; ++depth) {
    TRY_ASSIGN(const auto next,
               QueryOne<std::string>(tx, kSubjectOf, {repository.value, subject}, TextOf));
    if (!next || unit.Has(*next)) break;
    subject = *next;
    TRY(unit.AddTree(tx, repository, subject));
  }
  return unit.Take();
}

Result<bool> NotePull(db::Tx& tx, RepositoryId repository, const std::string& digest, Time at) {
  const Time before = at - kPullInterval;
  TRY_ASSIGN(const int64_t noted,
             tx.Execute(kNotePull, {repository.value, digest, at.micros, before.micros}));
  return noted == 1;
}

}  // namespace gantry::meta
