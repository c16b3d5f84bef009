#include "meta/lifecycle_marks.h"

#include "meta/query.h"
#include "meta/repositories.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kNewestDeletion{
    "SELECT id FROM trash WHERE repository_id = $1 ORDER BY id DESC LIMIT 1"};
constexpr db::Sql kPolicies{
    "SELECT scope_kind, form, updated_at FROM lifecycle_policies WHERE account = $1 AND"
    " ((scope_kind = 'account' AND scope_name = '') OR"
    " (scope_kind = 'project' AND scope_name = $2) OR"
    " (scope_kind = 'repository' AND scope_name = $3)) ORDER BY scope_kind, form"};
constexpr db::Sql kTagChanges{
    "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN m.pushed_at < $2 THEN 1 ELSE 0 END), 0)"
    " AS BIGINT) FROM tags t JOIN manifests m ON m.id = t.manifest_id"
    " WHERE t.repository_id = $1 AND t.updated_at >= $2"};

}  // namespace

Result<LifecycleMarks> ReadLifecycleMarks(db::Tx& tx, const RepositoryKey& key) {
  LifecycleMarks marks;
  TRY_ASSIGN(const auto repository, FindRepository(tx, key));
  if (!repository) return marks;
  marks.repository = repository->id;
  marks.manifests = repository->counts.manifests;
  marks.tags = repository->counts.tags;
  TRY_ASSIGN(const int64_t newest, QueryInteger(tx, kNewestDeletion, {repository->id.value}));
  marks.newest_deletion = TrashId{newest};
  TRY(tx.Query(kPolicies, {key.account(), key.project(), key.name()}, [&](const db::Row& row) {
    marks.policies += row.Text(0);
    marks.policies += ' ';
    marks.policies += row.Text(1);
    marks.policies += ' ' + std::to_string(row.Integer(2)) + '\n';
    return Ok();
  }));
  return marks;
}

Result<TagChanges> ReadTagChanges(db::Tx& tx, RepositoryId repository, Time since) {
  TagChanges changes;
  TRY(tx.Query(kTagChanges, {repository.value, since.micros}, [&](const db::Row& row) {
    changes = {row.Integer(0), row.Integer(1)};
    return Ok();
  }));
  return changes;
}

}  // namespace gantry::meta
