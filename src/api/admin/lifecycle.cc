#include "retention/lifecycle.h"

#include <utility>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "meta/lifecycle.h"
#include "retention/executor.h"

namespace gantry::api::admin {
namespace {

Result<retention::Form> FormOf(std::string_view name) {
  const auto form = retention::FindForm(name);
  if (form) return *form;
  return InvalidArgument("lifecycle_form_unknown", "there is no form \"" +
                                                       std::string(name.substr(0, 64)) +
                                                       "\"; forms are ecr, cleanup and harbor");
}

retention::Scope StoredScope(const Call& call, const Scope& scope) {
  if (scope.stored.kind == "account") return retention::Scope::Account(call.account);
  if (scope.stored.kind == "project") {
    return retention::Scope::Project(call.account, scope.stored.name);
  }
  return {retention::Scope::Kind::kRepository, call.account, scope.stored.name};
}

Result<meta::RepositoryKey> RepositoryOf(const Call& call) {
  TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(call.Parameter("name")));
  return meta::RepositoryKey(call.account, name);
}

// The policy that the body brings, {"policy": …}.
Result<std::string> PolicyText(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"policy"}));
  if (!body.Find("policy")) {
    return InvalidArgument("field_missing", "the field \"policy\" is needed: a lifecycle policy");
  }
  return body.Raw("policy", "");
}

void WritePolicy(json::Writer& writer, const retention::StoredPolicy& policy) {
  writer.BeginObject().Key("form").String(retention::FormName(policy.form));
  writer.Key("policy").Raw(policy.text);
  WriteTime(writer, "updated", policy.updated_at);
  WriteTime(writer, "lastEvaluated", policy.last_evaluated_at,
            policy.last_evaluated_at.micros == 0);
  WriteTexts(writer, "warnings", policy.warnings);
  writer.EndObject();
}

void WriteImage(json::Writer& writer, const retention::PreviewImage& image) {
  writer.BeginObject().Key("digest").String(image.digest);
  WriteTexts(writer, "tags", image.tags);
  WriteTime(writer, "pushed", image.pushed_at);
  writer.Key("size").Int(image.size);
  writer.Key("action").String(retention::OutcomeName(image.outcome));
  writer.Key("rule").String(image.rule).Key("reason").String(image.reason).EndObject();
}

void WriteRun(json::Writer& writer, const meta::LifecycleRunRow& run) {
  writer.BeginObject().Key("id").String(std::to_string(run.id.value));
  writer.Key("repository").String(meta::NameOfKey(run.repository));
  writer.Key("cause").String(run.cause).Key("status").String(run.status);
  writer.Key("planned").Int(run.planned).Key("expired").Int(run.expired);
  writer.Key("archived").Int(run.archived).Key("untagged").Int(run.untagged);
  writer.Key("refused").Int(run.refused).Key("detail").String(run.detail);
  WriteTime(writer, "started", run.started_at);
  WriteTime(writer, "finished", run.finished_at, run.finished_at.micros == 0);
  writer.EndObject();
}

Result<http::Response> ShowIn(const Call& call, const Scope& scope) {
  TRY_ASSIGN(const auto form, FormOf(call.Parameter("form")));
  TRY_ASSIGN(const auto policy, call.services.lifecycle->GetPolicy(StoredScope(call, scope), form));
  return ItemAnswer(policy, WritePolicy);
}

Result<http::Response> PutIn(const Call& call, const Scope& scope) {
  TRY_ASSIGN(const auto form, FormOf(call.Parameter("form")));
  TRY_ASSIGN(const std::string text, PolicyText(call));
  TRY_ASSIGN(const auto policy,
             call.services.lifecycle->PutPolicy(StoredScope(call, scope), form, text));
  return ItemAnswer(policy, WritePolicy);
}

Result<http::Response> DeleteIn(const Call& call, const Scope& scope) {
  TRY_ASSIGN(const auto form, FormOf(call.Parameter("form")));
  TRY_ASSIGN(const auto policy,
             call.services.lifecycle->DeletePolicy(StoredScope(call, scope), form));
  return ItemAnswer(policy, WritePolicy);
}

Result<http::Response> Validate(const Call& call) {
  TRY_ASSIGN(const auto form, FormOf(call.Parameter("form")));
  TRY_ASSIGN(const std::string text, PolicyText(call));
  TRY_ASSIGN(const auto policy, retention::Lifecycle::Validate(form, text));
  retention::StoredPolicy checked;
  checked.form = form;
  checked.text = policy.text;
  checked.warnings = policy.warnings;
  checked.updated_at = call.now();
  return ItemAnswer(checked, WritePolicy);
}

http::Response PreviewAnswer(const retention::PreviewPage& page) {
  std::string body;
  json::Writer writer(body);
  const auto& summary = page.summary;
  writer.BeginObject().Key("plan").String(page.fingerprint);
  writer.Key("images").Int(summary.images).Key("expired").Int(summary.expired);
  writer.Key("archived").Int(summary.archived).Key("untagged").Int(summary.untagged);
  writer.Key("pinned").Int(summary.pinned).Key("uniqueBytes").Int(summary.unique_bytes);
  writer.Key("sharedBytes").Int(summary.shared_bytes).Key("results").BeginArray();
  for (const auto& image : page.images) WriteImage(writer, image);
  writer.EndArray().Key("more").Bool(page.more).EndObject();
  return Json(std::move(body));
}

// The first page stores the plan, so that a run can say what changed since.
Result<http::Response> Preview(const Call& call) {
  TRY_ASSIGN(const auto key, RepositoryOf(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"policy", "asOf", "kept"}));
  TRY_ASSIGN(const PageWanted wanted, ReadPage(call.request));
  TRY_ASSIGN(const auto kept, body.OptionalBool("kept"));
  retention::PreviewQuery query;
  query.acted_on_only = !kept.value_or(false);
  query.after = wanted.last;
  query.limit = wanted.n;
  retention::PreviewOptions options;
  if (body.Find("policy")) options.text = body.Raw("policy", "");
  TRY_ASSIGN(options.as_of, body.OptionalTime("asOf"));
  if (!options.text && !options.as_of && query.after.empty()) {
    TRY(call.services.lifecycle->StartPreview(key, std::nullopt));
  }
  TRY_ASSIGN(const auto page, call.services.lifecycle->Preview(key, options, query));
  return PreviewAnswer(page);
}

Result<http::Response> Compare(const Call& call) {
  TRY_ASSIGN(const auto key, RepositoryOf(call));
  TRY_ASSIGN(const std::string text, PolicyText(call));
  TRY_ASSIGN(const auto differences, call.services.lifecycle->Compare(key, text));
  return ListAnswer("differences", differences,
                    [](json::Writer& writer, const retention::PreviewDifference& difference) {
                      writer.BeginObject().Key("digest").String(difference.before.digest);
                      WriteTexts(writer, "tags", difference.before.tags);
                      writer.Key("before");
                      WriteImage(writer, difference.before);
                      writer.Key("after");
                      WriteImage(writer, difference.after);
                      writer.EndObject();
                    });
}

Result<http::Response> Run(const Call& call) {
  TRY_ASSIGN(const auto key, RepositoryOf(call));
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"plan"}));
  TRY_ASSIGN(const auto plan, body.OptionalText("plan"));
  TRY_ASSIGN(const auto run,
             call.services.lifecycle_runs->Run(key, {"request", plan.value_or("")}));
  return ItemAnswer(run, WriteRun);
}

Result<http::Response> Runs(const Call& call) {
  TRY_ASSIGN(const int64_t n, NumberParameter(call.request, "n", PageWanted::kDefault));
  TRY_ASSIGN(const int64_t before, NumberParameter(call.request, "before", 0));
  if (n < 1 || n > PageWanted::kMax) {
    return InvalidArgument("number_invalid", "n must be from 1 to 1000");
  }
  std::vector<meta::LifecycleRunRow> runs;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(runs, meta::ListLifecycleRuns(tx, std::string(call.account.text()) + "/",
                                             meta::RunId{before}, n + 1));
    return Ok();
  }));
  return PageAnswer("runs", runs, n, WriteRun);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/lifecycle/{form}", "admin_lifecycle", "account:Read", OfAccount<ShowIn>},
    {http::Method::kPut, "/lifecycle/{form}", "admin_lifecycle_put", "account:Admin",
     OfAccount<PutIn>},
    {http::Method::kDelete, "/lifecycle/{form}", "admin_lifecycle_delete", "account:Admin",
     OfAccount<DeleteIn>},
    {http::Method::kPost, "/lifecycle/{form}/validate", "admin_lifecycle_validate",
     "account:Catalog", Validate},
    {http::Method::kGet, "/lifecycle-runs", "admin_lifecycle_runs", "account:Read", Runs},
    {http::Method::kGet, "/projects/{project}/lifecycle/{form}", "admin_project_lifecycle",
     "project:Admin", OfProject<ShowIn>},
    {http::Method::kPut, "/projects/{project}/lifecycle/{form}", "admin_project_lifecycle_put",
     "project:Admin", OfProject<PutIn>},
    {http::Method::kDelete, "/projects/{project}/lifecycle/{form}",
     "admin_project_lifecycle_delete", "project:Admin", OfProject<DeleteIn>},
    {http::Method::kGet, "/repositories/{name...}/lifecycle/{form}", "admin_repository_lifecycle",
     "repository:List", OfRepository<ShowIn>},
    {http::Method::kPut, "/repositories/{name...}/lifecycle/{form}",
     "admin_repository_lifecycle_put", "repository:Update", OfRepository<PutIn>},
    {http::Method::kDelete, "/repositories/{name...}/lifecycle/{form}",
     "admin_repository_lifecycle_delete", "repository:Update", OfRepository<DeleteIn>},
    {http::Method::kPost, "/repositories/{name...}/lifecycle-preview", "admin_lifecycle_preview",
     "repository:Update", Preview},
    {http::Method::kPost, "/repositories/{name...}/lifecycle-compare", "admin_lifecycle_compare",
     "repository:Update", Compare},
    {http::Method::kPost, "/repositories/{name...}/lifecycle-run", "admin_lifecycle_run",
     "repository:Delete", Run},
};

}  // namespace

std::span<const Row> LifecycleRows() { return kRows; }

}  // namespace gantry::api::admin
