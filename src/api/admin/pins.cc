#include "core/pins.h"

#include <algorithm>
#include <utility>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "base/encoding.h"
#include "iam/timestamp.h"

// What is deployed, and who says so.
namespace gantry::api::admin {
namespace {

constexpr const char* kManual = "manual";
constexpr int64_t kReportBytesMax = 4 << 20;

void WritePin(json::Writer& writer, const meta::Pin& pin) {
  writer.BeginObject().Key("id").String(std::to_string(pin.id.value));
  writer.Key("digest").String(pin.digest).Key("repository").String(pin.repository);
  writer.Key("source").String(pin.source).Key("reason").String(pin.reason);
  writer.Key("detail").Raw(pin.detail);
  WriteTime(writer, "created", pin.created_at);
  WriteTime(writer, "expires", pin.expires_at, pin.expires_at.micros == 0);
  writer.EndObject();
}

void WriteSource(json::Writer& writer, const meta::PinSource& source, Time now) {
  const bool silent =
      source.silent_after.micros > 0 && source.last_seen_at + source.silent_after < now;
  writer.BeginObject().Key("name").String(source.name).Key("kind").String(source.kind);
  writer.Key("silentAfterSeconds").Int(source.silent_after.micros / 1'000'000);
  WriteTime(writer, "lastSeen", source.last_seen_at);
  writer.Key("silent").Bool(silent).EndObject();
}

std::string TextOf(json::Value object, std::string_view key) {
  const json::Value value = object.Find(key);
  return value ? std::string(value.String().value_or("")) : "";
}

// One pin of a list; "expires" is a time as everywhere.
Result<meta::Pin> PinOf(json::Value item) {
  meta::Pin pin;
  pin.digest = TextOf(item, "digest");
  pin.repository = TextOf(item, "repository");
  pin.reason = TextOf(item, "reason");
  if (const json::Value detail = item.Find("detail"); detail && detail.IsObject()) {
    pin.detail.clear();
    json::Writer writer(pin.detail);
    WriteValue(writer, detail);
  }
  const std::string expires = TextOf(item, "expires");
  if (expires.empty()) return pin;
  const auto time = iam::ParseTimestamp(expires);
  if (!time) {
    return InvalidArgument(
        "field_invalid", "expires is a time such as 2026-11-24T09:15:00Z, not \"" + expires + "\"");
  }
  pin.expires_at = *time;
  return pin;
}

Result<std::vector<meta::Pin>> PinsOf(json::Value list) {
  std::vector<meta::Pin> pins;
  if (!list) return pins;
  for (const json::Value item : list.Items()) {
    TRY_ASSIGN(auto pin, PinOf(item));
    pins.push_back(std::move(pin));
  }
  return pins;
}

// A report is larger than what Body reads.
Result<json::Document> ReadReport(const Call& call) {
  json::Limits limits;
  limits.bytes_max = kReportBytesMax;
  return json::Document::Parse(call.request.body.empty() ? "{}" : call.request.body, limits);
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const int64_t n, NumberParameter(call.request, "n", PageWanted::kDefault));
  TRY_ASSIGN(const int64_t after, NumberParameter(call.request, "last", 0));
  meta::PinFilter filter;
  filter.source = call.request.Query("source").value_or("");
  filter.digest = call.request.Query("digest").value_or("");
  filter.after = meta::PinId{after};
  const int64_t limit = std::clamp<int64_t>(n, 1, PageWanted::kMax);
  TRY_ASSIGN(const auto page, core::Pins(call.services.store).List(call.account, filter, limit));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("pins").BeginArray();
  for (const auto& pin : page.items) WritePin(writer, pin);
  writer.EndArray().Key("more").Bool(page.more).EndObject();
  return Json(std::move(body));
}

Result<http::Response> Add(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"digest", "repository", "source", "reason",
                                                        "detail", "expires"}));
  meta::Pin pin;
  TRY_ASSIGN(pin.digest, body.Text("digest"));
  TRY_ASSIGN(const auto repository, body.OptionalText("repository"));
  TRY_ASSIGN(const auto source, body.OptionalText("source"));
  TRY_ASSIGN(const auto reason, body.OptionalText("reason"));
  TRY_ASSIGN(const auto expires, body.OptionalTime("expires"));
  pin.repository = repository.value_or("");
  pin.source = source.value_or(kManual);
  pin.reason = reason.value_or("");
  pin.detail = body.Raw("detail", "{}");
  pin.expires_at = expires.value_or(Time{});
  TRY_ASSIGN(const auto stored, core::Pins(call.services.store).Put(call.account, pin));
  return ItemAnswer(stored, WritePin, 201);
}

Result<http::Response> Remove(const Call& call) {
  const auto id = ParseDecimal(call.request.Parameter("id"));
  if (!id) return InvalidArgument("number_invalid", "the id of a pin is a number");
  TRY(core::Pins(call.services.store).Remove(call.account, meta::PinId{*id}));
  return Done();
}

Result<http::Response> Sources(const Call& call) {
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  TRY_ASSIGN(const auto sources,
             core::Pins(call.services.store).Sources(call.account, page.last, page.n));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("sources").BeginArray();
  for (const auto& source : sources.items) WriteSource(writer, source, call.now());
  writer.EndArray().Key("more").Bool(sources.more).EndObject();
  return Json(std::move(body));
}

Result<http::Response> PutSource(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"kind", "silentAfterSeconds"}));
  meta::PinSource source;
  source.name = call.Parameter("source");
  TRY_ASSIGN(const auto kind, body.OptionalText("kind"));
  TRY_ASSIGN(const auto silent_after, body.OptionalInt("silentAfterSeconds"));
  source.kind = kind.value_or(source.name.substr(0, source.name.find(':')));
  const int64_t seconds =
      std::clamp<int64_t>(silent_after.value_or(0), 0, int64_t{10} * 365 * 86400);
  source.silent_after = Seconds(seconds);
  TRY(core::Pins(call.services.store).PutSource(call.account, source));
  return Done();
}

Result<http::Response> RemoveSource(const Call& call) {
  TRY(core::Pins(call.services.store).RemoveSource(call.account, call.Parameter("source")));
  return Done();
}

Result<http::Response> Heartbeat(const Call& call) {
  TRY(core::Pins(call.services.store).Heartbeat(call.account, call.Parameter("source")));
  return Done();
}

http::Response ChangesAnswer(const core::Pins::Changes& changes) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("added").Int(changes.added).Key("changed").Int(changes.changed);
  writer.Key("removed").Int(changes.removed).EndObject();
  return Json(std::move(body));
}

// {"pins": [...]}: all that the source sees.
Result<http::Response> ReplaceState(const Call& call) {
  TRY_ASSIGN(const json::Document report, ReadReport(call));
  TRY_ASSIGN(auto pins, PinsOf(report.root().Find("pins")));
  TRY_ASSIGN(const auto changes,
             core::Pins(call.services.store)
                 .ReplaceState(call.account, call.Parameter("source"), std::move(pins)));
  return ChangesAnswer(changes);
}

// {"added": [...], "removed": [...]}
Result<http::Response> ApplyChanges(const Call& call) {
  TRY_ASSIGN(const json::Document report, ReadReport(call));
  TRY_ASSIGN(auto added, PinsOf(report.root().Find("added")));
  TRY_ASSIGN(const auto removed, PinsOf(report.root().Find("removed")));
  TRY_ASSIGN(const auto changes,
             core::Pins(call.services.store)
                 .ApplyChanges(call.account, call.Parameter("source"), std::move(added), removed));
  return ChangesAnswer(changes);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/pins", "admin_pins", "account:Read", ListAll},
    {http::Method::kPost, "/pins", "admin_pin_add", "account:Update", Add},
    {http::Method::kDelete, "/pins/{id}", "admin_pin_delete", "account:Update", Remove},
    {http::Method::kGet, "/pin-sources", "admin_pin_sources", "account:Read", Sources},
    {http::Method::kPut, "/pin-sources/{source}", "admin_pin_source", "account:Update", PutSource},
    {http::Method::kDelete, "/pin-sources/{source}", "admin_pin_source_delete", "account:Update",
     RemoveSource},
    {http::Method::kPost, "/pin-sources/{source}/heartbeat", "admin_pin_source_heartbeat",
     "account:Update", Heartbeat},
    {http::Method::kPut, "/pin-sources/{source}/state", "admin_pin_source_state", "account:Update",
     ReplaceState, true, kReportBytesMax},
    {http::Method::kPost, "/pin-sources/{source}/changes", "admin_pin_source_changes",
     "account:Update", ApplyChanges, true, kReportBytesMax},
};

}  // namespace

std::span<const Row> PinRows() { return kRows; }

}  // namespace gantry::api::admin
