#include "meta/lifecycle.h"

#include <utility>

#include "meta/query.h"
#include "meta/repositories.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kPutPolicy{
    "INSERT INTO lifecycle_policies (account, scope_kind, scope_name, form, body, updated_at,"
    " last_evaluated_at) VALUES ($1, $2, $3, $4, $5, $6, 0)"
    " ON CONFLICT (account, scope_kind, scope_name, form) DO UPDATE SET body = excluded.body,"
    " updated_at = excluded.updated_at, last_evaluated_at = 0"};
constexpr db::Sql kFindPolicy{
    "SELECT scope_kind, scope_name, form, body, updated_at, last_evaluated_at"
    " FROM lifecycle_policies"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND form = $4"};
constexpr db::Sql kDeletePolicy{
    "DELETE FROM lifecycle_policies"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND form = $4"};
constexpr db::Sql kPoliciesFor{
    "SELECT scope_kind, scope_name, form, body, updated_at, last_evaluated_at"
    " FROM lifecycle_policies WHERE account = $1 AND"
    " ((scope_kind = 'account' AND scope_name = '') OR"
    " (scope_kind = 'project' AND scope_name = $2) OR"
    " (scope_kind = 'repository' AND scope_name = $3 AND updated_at >= $4))"};
constexpr db::Sql kAnyPolicy{"SELECT 1 FROM lifecycle_policies LIMIT 1"};
constexpr db::Sql kEvaluated{
    "UPDATE lifecycle_policies SET last_evaluated_at = $5"
    " WHERE account = $1 AND scope_kind = $2 AND scope_name = $3 AND form = $4"};

constexpr db::Sql kImages{
    "SELECT m.id, m.digest, m.subject_digest, m.kind, m.size + m.content_size, m.pushed_at,"
    " p.last_pulled_at, a.archived_at, a.activated_at FROM manifests m"
    " LEFT JOIN manifest_pulls p ON p.manifest_id = m.id"
    " LEFT JOIN archived_images a ON a.repository_id = m.repository_id AND a.digest = m.digest"
    " WHERE m.repository_id = $1 AND m.trash_id IS NULL ORDER BY m.digest"};
constexpr db::Sql kTags{
    "SELECT manifest_id, name FROM tags WHERE repository_id = $1 ORDER BY name"};
constexpr db::Sql kChildren{
    "SELECT manifest_id, child_digest FROM manifest_children WHERE repository_id = $1"};
constexpr db::Sql kAnyPin{"SELECT 1 FROM pins WHERE account = $1 LIMIT 1"};
constexpr db::Sql kPins{
    "SELECT p.digest, p.source, p.reason, p.detail FROM manifests m"
    " JOIN pins p ON p.account = $2 AND p.digest = m.digest"
    " WHERE m.repository_id = $1 AND m.trash_id IS NULL AND p.repository IN ('', $3)"
    " AND (p.expires_at = 0 OR p.expires_at > $4) ORDER BY p.digest, p.source"};
constexpr db::Sql kBlobs{
    "SELECT m.id, b.id, b.size, b.repository_count FROM manifests m"
    " JOIN manifest_blobs r ON r.manifest_id = m.id JOIN blobs b ON b.id = r.blob_id"
    " WHERE m.repository_id = $1 AND m.trash_id IS NULL"};

constexpr db::Sql kArchive{
    "INSERT INTO archived_images (repository_id, digest, archived_at, activated_at)"
    " VALUES ($1, $2, $3, 0) ON CONFLICT (repository_id, digest) DO UPDATE"
    " SET archived_at = excluded.archived_at, activated_at = 0"};

constexpr db::Sql kPutPreview{
    "INSERT INTO lifecycle_previews (repository, policy_text, complete, fingerprint, summary,"
    " created_at) VALUES ($1, $2, 0, $3, $4, $5) ON CONFLICT (repository) DO UPDATE"
    " SET policy_text = excluded.policy_text, complete = 0, fingerprint = excluded.fingerprint,"
    " summary = excluded.summary, created_at = excluded.created_at"};
constexpr db::Sql kDeletePages{"DELETE FROM lifecycle_preview_pages WHERE repository = $1"};
constexpr db::Sql kAddPage{
    "INSERT INTO lifecycle_preview_pages (repository, last_digest, images) VALUES ($1, $2, $3)"};
constexpr db::Sql kComplete{"UPDATE lifecycle_previews SET complete = 1 WHERE repository = $1"};
constexpr db::Sql kFindPreview{
    "SELECT policy_text, complete, fingerprint, summary, created_at FROM lifecycle_previews"
    " WHERE repository = $1"};
constexpr db::Sql kNextPage{
    "SELECT last_digest, images FROM lifecycle_preview_pages"
    " WHERE repository = $1 AND last_digest > $2 ORDER BY last_digest LIMIT 1"};

constexpr db::Sql kPutRun{
    "INSERT INTO lifecycle_runs (id, repository, cause, status, planned, expired, archived,"
    " untagged, refused, detail, started_at, finished_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO UPDATE"
    " SET status = excluded.status, planned = excluded.planned, expired = excluded.expired,"
    " archived = excluded.archived, untagged = excluded.untagged, refused = excluded.refused,"
    " detail = excluded.detail, finished_at = excluded.finished_at"};
constexpr db::Sql kRuns{
    "SELECT id, repository, cause, status, planned, expired, archived, untagged, refused, detail,"
    " started_at, finished_at FROM lifecycle_runs"
    " WHERE id < $1 AND repository >= $2 AND repository < $3 ORDER BY id DESC LIMIT $4"};
constexpr db::Sql kRepositoryKeys{
    "SELECT name FROM repositories WHERE name > $1 AND deleted_at = 0 AND updated_at >= $2"
    " ORDER BY name LIMIT $3"};

LifecyclePolicyRow MakePolicy(const db::Row& row) {
  return {std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2)),
          std::string(row.Text(3)), Time{row.Integer(4)},     Time{row.Integer(5)}};
}

LifecycleImage MakeImage(const db::Row& row) {
  LifecycleImage image;
  image.id = ManifestId{row.Integer(0)};
  image.digest = row.Text(1);
  if (!row.IsNull(2)) image.subject = row.Text(2);
  image.kind = static_cast<oci::ManifestKind>(row.Integer(3));
  image.size = row.Integer(4);
  image.pushed_at = Time{row.Integer(5)};
  if (!row.IsNull(6)) image.last_pulled_at = Time{row.Integer(6)};
  if (!row.IsNull(7)) {
    image.archived_at = Time{row.Integer(7)};
    image.activated_at = Time{row.Integer(8)};
    // Pushed again, it is back.
    if (image.pushed_at > image.archived_at) image.activated_at = image.pushed_at;
  }
  return image;
}

LifecycleRunRow MakeRun(const db::Row& row) {
  LifecycleRunRow run;
  run.id = RunId{row.Integer(0)};
  run.repository = row.Text(1);
  run.cause = row.Text(2);
  run.status = row.Text(3);
  run.planned = row.Integer(4);
  run.expired = row.Integer(5);
  run.archived = row.Integer(6);
  run.untagged = row.Integer(7);
  run.refused = row.Integer(8);
  run.detail = row.Text(9);
  run.started_at = Time{row.Integer(10)};
  run.finished_at = Time{row.Integer(11)};
  return run;
}

// The first text after all that begin with `prefix`. REQUIRES: it ends in a character below 0x7f.
std::string AfterPrefix(std::string prefix) {
  ++prefix.back();
  return prefix;
}

}  // namespace

Result<void> PutLifecyclePolicy(db::Tx& tx, const iam::AccountId& account,
                                const LifecyclePolicyRow& row) {
  TRY(tx.Execute(kPutPolicy, {account.text(), row.scope_kind, row.scope_name, row.form, row.body,
                              row.updated_at.micros}));
  return Ok();
}

Result<std::optional<LifecyclePolicyRow>> FindLifecyclePolicy(db::Tx& tx,
                                                              const iam::AccountId& account,
                                                              const LifecyclePolicyRow& key) {
  return QueryOne<LifecyclePolicyRow>(
      tx, kFindPolicy, {account.text(), key.scope_kind, key.scope_name, key.form}, MakePolicy);
}

Result<bool> DeleteLifecyclePolicy(db::Tx& tx, const iam::AccountId& account,
                                   const LifecyclePolicyRow& key) {
  TRY_ASSIGN(const int64_t deleted,
             tx.Execute(kDeletePolicy, {account.text(), key.scope_kind, key.scope_name, key.form}));
  return deleted > 0;
}

Result<std::vector<LifecyclePolicyRow>> LifecyclePoliciesFor(db::Tx& tx, const RepositoryKey& key) {
  TRY_ASSIGN(const auto repository, FindRepository(tx, key));
  const int64_t born = repository ? repository->created_at.micros : 0;
  return QueryAll<LifecyclePolicyRow>(tx, kPoliciesFor,
                                      {key.account(), key.project(), key.name(), born}, MakePolicy);
}

Result<bool> AnyLifecyclePolicy(db::Tx& tx) {
  TRY_ASSIGN(const int64_t found, QueryInteger(tx, kAnyPolicy, {}));
  return found == 1;
}

Result<void> NoteLifecycleEvaluation(db::Tx& tx, const iam::AccountId& account,
                                     const LifecyclePolicyRow& key, Time at) {
  TRY(tx.Execute(kEvaluated,
                 {account.text(), key.scope_kind, key.scope_name, key.form, at.micros}));
  return Ok();
}

Result<LifecycleRows> ReadLifecycleRows(db::Tx& tx, const RepositoryKey& key,
                                        RepositoryId repository, Time now) {
  LifecycleRows rows;
  TRY_ASSIGN(rows.images, QueryAll<LifecycleImage>(tx, kImages, {repository.value}, MakeImage));
  TRY_ASSIGN(rows.tags,
             QueryAll<LifecycleTag>(tx, kTags, {repository.value}, [](const db::Row& row) {
               return LifecycleTag{ManifestId{row.Integer(0)}, std::string(row.Text(1))};
             }));
  TRY_ASSIGN(rows.children,
             QueryAll<LifecycleChild>(tx, kChildren, {repository.value}, [](const db::Row& row) {
               return LifecycleChild{ManifestId{row.Integer(0)}, std::string(row.Text(1))};
             }));
  TRY_ASSIGN(const int64_t any_pin, QueryInteger(tx, kAnyPin, {key.account()}));
  if (any_pin == 0) return rows;
  TRY_ASSIGN(rows.pins, QueryAll<LifecyclePin>(
                            tx, kPins, {repository.value, key.account(), key.name(), now.micros},
                            [](const db::Row& row) {
                              return LifecyclePin{
                                  std::string(row.Text(0)), std::string(row.Text(1)),
                                  std::string(row.Text(2)), std::string(row.Text(3))};
                            }));
  return rows;
}

Result<std::vector<LifecycleBlob>> ReadLifecycleBlobs(db::Tx& tx, RepositoryId repository) {
  return QueryAll<LifecycleBlob>(tx, kBlobs, {repository.value}, [](const db::Row& row) {
    return LifecycleBlob{ManifestId{row.Integer(0)}, BlobId{row.Integer(1)}, row.Integer(2),
                         row.Integer(3) > 1};
  });
}

Result<void> ArchiveImage(db::Tx& tx, RepositoryId repository, const std::string& digest, Time at) {
  TRY(tx.Execute(kArchive, {repository.value, digest, at.micros}));
  return Ok();
}

Result<void> BeginLifecyclePreview(db::Tx& tx, const RepositoryKey& key,
                                   const LifecyclePreviewRow& row) {
  TRY(tx.Execute(kPutPreview, {key.text(), row.policy_text, row.fingerprint, row.summary,
                               row.created_at.micros}));
  TRY(tx.Execute(kDeletePages, {key.text()}));
  return Ok();
}

Result<void> AddLifecyclePreviewPage(db::Tx& tx, const RepositoryKey& key,
                                     const std::string& last_digest, const std::string& images) {
  TRY(tx.Execute(kAddPage, {key.text(), last_digest, images}));
  return Ok();
}

Result<void> CompleteLifecyclePreview(db::Tx& tx, const RepositoryKey& key) {
  TRY(tx.Execute(kComplete, {key.text()}));
  return Ok();
}

Result<std::optional<LifecyclePreviewRow>> FindLifecyclePreview(db::Tx& tx,
                                                                const RepositoryKey& key) {
  return QueryOne<LifecyclePreviewRow>(tx, kFindPreview, {key.text()}, [](const db::Row& row) {
    return LifecyclePreviewRow{std::string(row.Text(0)), row.Integer(1) != 0,
                               std::string(row.Text(2)), std::string(row.Text(3)),
                               Time{row.Integer(4)}};
  });
}

Result<std::optional<LifecyclePreviewPageRow>> NextLifecyclePreviewPage(db::Tx& tx,
                                                                        const RepositoryKey& key,
                                                                        const std::string& after) {
  return QueryOne<LifecyclePreviewPageRow>(
      tx, kNextPage, {key.text(), after}, [](const db::Row& row) {
        return LifecyclePreviewPageRow{std::string(row.Text(0)), std::string(row.Text(1))};
      });
}

Result<void> PutLifecycleRun(db::Tx& tx, const LifecycleRunRow& row) {
  TRY(tx.Execute(kPutRun, {row.id.value, row.repository, row.cause, row.status, row.planned,
                           row.expired, row.archived, row.untagged, row.refused, row.detail,
                           row.started_at.micros, row.finished_at.micros}));
  return Ok();
}

Result<std::vector<LifecycleRunRow>> ListLifecycleRuns(db::Tx& tx, const std::string& prefix,
                                                       RunId before, int64_t limit) {
  const int64_t end = before ? before.value : INT64_MAX;
  return QueryAll<LifecycleRunRow>(tx, kRuns, {end, prefix, AfterPrefix(prefix), limit}, MakeRun);
}

Result<std::vector<std::string>> ListChangedRepositories(db::Tx& tx, Time since,
                                                         const std::string& after, int64_t limit) {
  return QueryAll<std::string>(tx, kRepositoryKeys, {after, since.micros, limit},
                               [](const db::Row& row) { return std::string(row.Text(0)); });
}

}  // namespace gantry::meta
