#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "api/admin/answer.h"
#include "api/admin/api.h"
#include "api/admin/errors.h"
#include "base/background.h"
#include "base/encoding.h"
#include "iam/account_id.h"
#include "json/writer.h"
#include "meta/repository_key.h"
#include "oci/reference.h"

// The work on what is stored, for whoever operates the installation.
namespace gantry::api::admin {
namespace {

constexpr int64_t kScrubBytesDefault = int64_t{1} << 30;

// The default account when the query names none.
Result<iam::AccountId> AccountParameter(const http::Request& request) {
  const auto text = request.Query("account");
  if (!text) return iam::AccountId::Default();
  return iam::AccountId::Parse(*text);
}

Result<http::Response> Collect(const Services& services, const http::Request&) {
  std::optional<Result<core::Collection>> ran;
  RunBehind([&] { ran = services.collector.Run(); });
  TRY_ASSIGN(const auto done, *std::move(ran));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("trashPurged").Int(done.trash_purged);
  writer.Key("uploadsExpired").Int(done.uploads_expired);
  writer.Key("linksRemoved").Int(done.links_removed);
  writer.Key("blobsRemoved").Int(done.blobs_removed);
  writer.Key("bytesFreed").Int(done.bytes_freed);
  writer.Key("held").Bool(done.held);
  writer.EndObject();
  return Json(std::move(body));
}

http::Response ScrubResponse(const core::ScrubReport& report) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("blobsChecked").Int(report.blobs_checked);
  writer.Key("bytesChecked").Int(report.bytes_checked);
  writer.Key("damaged").Int(report.damaged);
  writer.Key("missing").Int(report.missing);
  writer.Key("orphans").Int(report.orphans);
  writer.Key("orphanBytes").Int(report.orphan_bytes);
  writer.Key("cursor").String(report.cursor);
  writer.EndObject();
  return Json(std::move(body));
}

Result<http::Response> Scrub(const Services& services, const http::Request& request) {
  core::Scrubber::Options options;
  options.after = request.Query("after").value_or("");
  TRY_ASSIGN(options.bytes_max, NumberParameter(request, "bytes", kScrubBytesDefault));
  TRY_ASSIGN(options.bytes_per_second, NumberParameter(request, "rate", 0));
  TRY_ASSIGN(const auto report, services.scrubber.Check(options));
  return ScrubResponse(report);
}

Result<http::Response> RemoveOrphans(const Services& services, const http::Request&) {
  core::ScrubReport report;
  TRY(services.scrubber.RemoveOrphans(report));
  return ScrubResponse(report);
}

Result<http::Response> Backup(const Services& services, const http::Request& request) {
  if (request.peer != http::kUnixPeer) {
    return Error(
        Code::kPermissionDenied, "control_socket_only",
        "a backup is written on the server's machine, so it is asked for there: by `gantry "
        "backup`, over the control socket in the data folder");
  }
  const auto directory = request.Query("directory");
  if (!directory || !directory->starts_with("/")) {
    return InvalidArgument("directory_invalid", "directory must be an absolute path");
  }
  TRY_ASSIGN(const auto done, services.backup(*directory));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("blobs").Int(done.blobs).Key("blobBytes").Int(done.blob_bytes);
  writer.EndObject();
  return Json(std::move(body));
}

Result<http::Response> Storage(const Services& services, const http::Request&) {
  TRY_ASSIGN(const auto summary, services.statistics.Summarize());
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("manifests").Int(summary.manifests);
  writer.Key("tags").Int(summary.tags);
  writer.Key("blobs").Int(summary.blobs);
  writer.Key("blobBytes").Int(summary.blob_bytes);
  writer.Key("reclaimableLinks").Int(summary.reclaimable_links);
  writer.Key("reclaimableBytes").Int(summary.reclaimable_bytes);
  writer.Key("freeBytes").Int(summary.free_bytes);
  writer.Key("totalBytes").Int(summary.total_bytes);
  writer.EndObject();
  return Json(std::move(body));
}

std::string_view KindName(meta::TrashKind kind) {
  switch (kind) {
    case meta::TrashKind::kTag:
      return "tag";
    case meta::TrashKind::kManifest:
      return "manifest";
    case meta::TrashKind::kBlob:
      return "blob";
    case meta::TrashKind::kRepository:
      return "repository";
  }
  return "";
}

void WriteTrash(json::Writer& writer, const meta::TrashEntry& entry) {
  writer.BeginObject();
  writer.Key("id").String(std::to_string(entry.id.value));
  writer.Key("account").String(meta::AccountOfKey(entry.repository_key));
  writer.Key("repository").String(meta::NameOfKey(entry.repository_key));
  writer.Key("kind").String(KindName(entry.kind));
  writer.Key("subject").String(entry.subject);
  writer.Key("reason").String(entry.reason);
  writer.Key("deleted").String(FormatTime(entry.deleted_at));
  writer.Key("purge").String(FormatTime(entry.purge_at));
  if (entry.run) writer.Key("run").String(std::to_string(entry.run.value));
  writer.EndObject();
}

Result<http::Response> ListTrash(const Services& services, const http::Request& request) {
  std::optional<meta::RepositoryKey> repository;
  if (const auto text = request.Query("repository")) {
    TRY_ASSIGN(const auto account, AccountParameter(request));
    TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(*text));
    repository.emplace(account, name);
  }
  TRY_ASSIGN(const int64_t n, NumberParameter(request, "n", PageWanted::kDefault));
  TRY_ASSIGN(const int64_t after, NumberParameter(request, "after", 0));
  TRY_ASSIGN(const auto page, services.trash.List(repository, meta::TrashId{after},
                                                  std::clamp<int64_t>(n, 1, PageWanted::kMax)));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("trash").BeginArray();
  for (const auto& entry : page.items) WriteTrash(writer, entry);
  writer.EndArray().Key("more").Bool(page.more).EndObject();
  return Json(std::move(body));
}

Result<http::Response> Restore(const Services& services, const http::Request& request) {
  const auto id = ParseDecimal(request.Parameter("id"));
  if (!id) return InvalidArgument("number_invalid", "the id of a deletion is a number");
  TRY_ASSIGN(const auto restored, services.trash.Restore(meta::TrashId{*id}));
  TRY(services.access.Refresh());
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("restored");
  WriteTrash(writer, restored.entry);
  WriteTexts(writer, "tags", restored.tags);
  WriteTexts(writer, "tagsKept", restored.tags_kept);
  writer.EndObject();
  return Json(std::move(body));
}

// All deletions of a run, in batches.
Result<http::Response> RestoreRun(const Services& services, const http::Request& request) {
  const auto run = ParseDecimal(request.Parameter("run"));
  if (!run) return InvalidArgument("number_invalid", "the id of a run is a number");
  TRY_ASSIGN(const auto done, services.trash.RestoreRun(meta::RunId{*run}, [](const auto&) {}));
  TRY(services.access.Refresh());
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("restored").Int(done.restored).Key("tagsKept").Int(done.tags_kept);
  writer.Key("failed").Int(done.failed).Key("total").Int(done.total).EndObject();
  return Json(std::move(body));
}

}  // namespace

std::vector<http::Route> Routes(const Services& services) {
  using Handle = Result<http::Response> (*)(const Services&, const http::Request&);
  struct StoreRow {
    http::Method method;
    const char* pattern;
    const char* name;
    Handle handle;
  };
  constexpr StoreRow kRows[] = {
      {http::Method::kPost, "/api/admin/v1/collections", "admin_collect", Collect},
      {http::Method::kPost, "/api/admin/v1/scrubs", "admin_scrub", Scrub},
      {http::Method::kPost, "/api/admin/v1/orphans", "admin_orphans", RemoveOrphans},
      {http::Method::kPost, "/api/admin/v1/backups", "admin_backup", Backup},
      {http::Method::kGet, "/api/admin/v1/storage", "admin_storage", Storage},
      {http::Method::kGet, "/api/admin/v1/trash", "admin_trash", ListTrash},
      {http::Method::kPost, "/api/admin/v1/trash/{id}/restore", "admin_restore", Restore},
      {http::Method::kPost, "/api/admin/v1/runs/{run}/restore", "admin_restore_run", RestoreRun},
  };
  std::vector<http::Route> routes;
  for (const StoreRow& row : kRows) {
    http::Route route;
    route.method = row.method;
    route.pattern = row.pattern;
    route.name = row.name;
    route.action = "system:Operate";
    route.handler =
        http::Handler([services, handle = row.handle](http::Request& request) -> http::Response {
          auto response = handle(services, request);
          return response.ok() ? std::move(response).value() : RenderError(response.error());
        });
    routes.push_back(std::move(route));
  }
  return routes;
}

}  // namespace gantry::api::admin
