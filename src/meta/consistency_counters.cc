#include "meta/consistency_counters.h"

#include <map>
#include <string>

#include "meta/counters.h"
#include "meta/query.h"
#include "meta/repositories.h"

namespace gantry::meta {
namespace {

// So many repositories, and the references of so many blobs, are grouped at once: what SQLite sorts
// it holds in memory, and PostgreSQL ends a statement after 30 s.
constexpr int64_t kRepositoryPage = 2000;
constexpr int64_t kBlobPage = 2000;

constexpr db::Sql kRepositories{
    "SELECT id, name, tag_count, manifest_count, manifest_bytes, blob_count, blob_bytes,"
    " shared_bytes FROM repositories WHERE id > $1 ORDER BY id LIMIT $2"};
constexpr db::Sql kTags{
    "SELECT repository_id, COUNT(*) FROM tags"
    " WHERE repository_id > $1 AND repository_id <= $2 GROUP BY repository_id"};
constexpr db::Sql kManifests{
    "SELECT repository_id, COUNT(*), CAST(SUM(size) AS BIGINT) FROM manifests"
    " WHERE repository_id > $1 AND repository_id <= $2 AND trash_id IS NULL"
    " GROUP BY repository_id"};
constexpr db::Sql kLinks{
    "SELECT l.repository_id, COUNT(*), CAST(SUM(b.size) AS BIGINT),"
    " CAST(SUM(CASE WHEN b.repository_count >= 2 THEN b.size ELSE 0 END) AS BIGINT)"
    " FROM repository_blobs l JOIN blobs b ON b.id = l.blob_id"
    " WHERE l.repository_id > $1 AND l.repository_id <= $2 GROUP BY l.repository_id"};

constexpr db::Sql kPageEnd{
    "SELECT CAST(COALESCE(MAX(p.id), 0) AS BIGINT) FROM"
    " (SELECT id FROM blobs WHERE id > $1 ORDER BY id LIMIT $2) p"};
constexpr db::Sql kBlobCounts{
    "SELECT b.digest, b.repository_count, CAST(COALESCE(c.counted, 0) AS BIGINT)"
    " FROM blobs b LEFT JOIN"
    " (SELECT l.blob_id AS blob_id, COUNT(*) AS counted FROM repository_blobs l"
    " WHERE l.blob_id > $1 AND l.blob_id <= $2 GROUP BY l.blob_id) c ON c.blob_id = b.id"
    " WHERE b.id > $1 AND b.id <= $2 AND b.repository_count <> COALESCE(c.counted, 0) LIMIT $3"};
constexpr db::Sql kLinkCounts{
    "SELECT r.name || '@' || b.digest, l.manifest_count, CAST(COALESCE(c.counted, 0) AS BIGINT)"
    " FROM repository_blobs l LEFT JOIN"
    " (SELECT m.repository_id AS repository_id, n.blob_id AS blob_id, COUNT(*) AS counted"
    " FROM manifest_blobs n JOIN manifests m ON m.id = n.manifest_id"
    " WHERE n.blob_id > $1 AND n.blob_id <= $2 GROUP BY m.repository_id, n.blob_id) c"
    " ON c.repository_id = l.repository_id AND c.blob_id = l.blob_id"
    " JOIN repositories r ON r.id = l.repository_id JOIN blobs b ON b.id = l.blob_id"
    " WHERE l.blob_id > $1 AND l.blob_id <= $2"
    " AND l.manifest_count <> COALESCE(c.counted, 0) LIMIT $3"};

constexpr db::Sql kCountBlobs{
    "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM blobs WHERE state <> 1"};
constexpr db::Sql kCountManifests{"SELECT COUNT(*) FROM manifests WHERE trash_id IS NULL"};
constexpr db::Sql kCountTags{"SELECT COUNT(*) FROM tags"};

// Findings of counters, at most `limit` of each kind.
class Differences {
 public:
  Differences(int64_t limit, std::vector<Finding>& findings) : limit_(limit), findings_(findings) {}

  void Compare(const char* what, std::string_view subject, int64_t stored, int64_t counted) {
    if (stored == counted || Left(what) == 0) return;
    found_[what] += 1;
    findings_.push_back(
        {what, std::string(subject),
         "stored " + std::to_string(stored) + ", counted " + std::to_string(counted), false});
  }
  int64_t Left(const std::string& what) { return limit_ - found_[what]; }

 private:
  const int64_t limit_;
  std::vector<Finding>& findings_;
  std::map<std::string, int64_t> found_;
};

struct RepositoryCheck {
  std::string name;
  RepositoryCounts stored;
  RepositoryCounts counted;
};
using RepositoryPage = std::map<int64_t, RepositoryCheck>;

Result<RepositoryPage> ReadPage(db::Tx& tx, int64_t after) {
  RepositoryPage page;
  TRY(tx.Query(kRepositories, {after, kRepositoryPage}, [&](const db::Row& row) {
    RepositoryCheck& check = page[row.Integer(0)];
    check.name = row.Text(1);
    check.stored = {row.Integer(2), row.Integer(3), row.Integer(4),
                    row.Integer(5), row.Integer(6), row.Integer(7)};
    return Ok();
  }));
  return page;
}

Result<void> CountPage(db::Tx& tx, int64_t after, RepositoryPage& page) {
  const int64_t end = page.rbegin()->first;
  TRY(tx.Query(kTags, {after, end}, [&](const db::Row& row) {
    page[row.Integer(0)].counted.tags = row.Integer(1);
    return Ok();
  }));
  TRY(tx.Query(kManifests, {after, end}, [&](const db::Row& row) {
    RepositoryCounts& counted = page[row.Integer(0)].counted;
    counted.manifests = row.Integer(1);
    counted.manifest_bytes = row.Integer(2);
    return Ok();
  }));
  return tx.Query(kLinks, {after, end}, [&](const db::Row& row) {
    RepositoryCounts& counted = page[row.Integer(0)].counted;
    counted.blobs = row.Integer(1);
    counted.blob_bytes = row.Integer(2);
    counted.shared_bytes = row.Integer(3);
    return Ok();
  });
}

void Compare(const RepositoryCheck& check, Differences& differences) {
  const RepositoryCounts& stored = check.stored;
  const RepositoryCounts& counted = check.counted;
  const std::string& name = check.name;
  differences.Compare("repository_tag_count_differs", name, stored.tags, counted.tags);
  differences.Compare("repository_manifest_count_differs", name, stored.manifests,
                      counted.manifests);
  differences.Compare("repository_manifest_bytes_differ", name, stored.manifest_bytes,
                      counted.manifest_bytes);
  differences.Compare("repository_blob_count_differs", name, stored.blobs, counted.blobs);
  differences.Compare("repository_blob_bytes_differ", name, stored.blob_bytes, counted.blob_bytes);
  differences.Compare("repository_shared_bytes_differ", name, stored.shared_bytes,
                      counted.shared_bytes);
}

Result<void> CheckRepositories(db::Tx& tx, Differences& differences) {
  for (int64_t after = 0;;) {
    TRY_ASSIGN(RepositoryPage page, ReadPage(tx, after));
    if (page.empty()) return Ok();
    const int64_t end = page.rbegin()->first;
    TRY(CountPage(tx, after, page));
    for (const auto& [id, check] : page) {
      // Rows of a repository that is not there are findings of their own.
      if (!check.name.empty()) Compare(check, differences);
    }
    after = end;
  }
}

Result<void> CheckBlobs(db::Tx& tx, const char* what, const db::Sql& counts,
                        Differences& differences) {
  for (int64_t after = 0; differences.Left(what) > 0;) {
    TRY_ASSIGN(const int64_t end, QueryInteger(tx, kPageEnd, {after, kBlobPage}));
    if (end == 0) return Ok();
    TRY(tx.Query(counts, {after, end, differences.Left(what)}, [&](const db::Row& row) {
      differences.Compare(what, row.Text(0), row.Integer(1), row.Integer(2));
      return Ok();
    }));
    after = end;
  }
  return Ok();
}

Result<void> CheckSum(db::Tx& tx, Counter counter, int64_t counted, Differences& differences) {
  TRY_ASSIGN(const int64_t stored, SumCounter(tx, counter));
  differences.Compare("counter_differs", CounterName(counter), stored, counted);
  return Ok();
}

}  // namespace

Result<void> CheckCounters(db::Tx& tx, int64_t limit, std::vector<Finding>& findings) {
  Differences differences(limit, findings);
  TRY(CheckRepositories(tx, differences));
  TRY(CheckBlobs(tx, "blob_repository_count_differs", kBlobCounts, differences));
  TRY(CheckBlobs(tx, "link_manifest_count_differs", kLinkCounts, differences));
  int64_t blobs = 0;
  int64_t bytes = 0;
  TRY(tx.Query(kCountBlobs, {}, [&](const db::Row& row) {
    blobs = row.Integer(0);
    bytes = row.Integer(1);
    return Ok();
  }));
  TRY(CheckSum(tx, Counter::kBlobs, blobs, differences));
  TRY(CheckSum(tx, Counter::kBlobBytes, bytes, differences));
  TRY_ASSIGN(const int64_t manifests, QueryInteger(tx, kCountManifests, {}));
  TRY(CheckSum(tx, Counter::kManifests, manifests, differences));
  TRY_ASSIGN(const int64_t tags, QueryInteger(tx, kCountTags, {}));
  return CheckSum(tx, Counter::kTags, tags, differences);
}

}  // namespace gantry::meta
