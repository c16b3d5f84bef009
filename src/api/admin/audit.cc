#include <algorithm>
#include <optional>

#include "api/admin/answer.h"
#include "api/admin/handlers.h"
#include "base/encoding.h"
#include "iam/timestamp.h"

namespace gantry::api::admin {
namespace {

Result<std::optional<Time>> TimeParameter(const Call& call, const char* name) {
  const auto text = call.request.Query(name);
  if (!text) return std::optional<Time>();
  const auto time = iam::ParseTimestamp(*text);
  if (time) return time;
  return InvalidArgument("time_invalid", std::string(name) +
                                             " is a time such as 2026-11-24 or "
                                             "2026-11-24T09:15:00Z");
}

Result<std::optional<audit::Outcome>> OutcomeParameter(const Call& call) {
  const auto text = call.request.Query("outcome");
  if (!text) return std::optional<audit::Outcome>();
  for (const auto outcome :
       {audit::Outcome::kOk, audit::Outcome::kDenied, audit::Outcome::kFailed}) {
    if (*text == audit::OutcomeName(outcome)) return std::optional(outcome);
  }
  return InvalidArgument("outcome_invalid", "outcome is ok, denied or failed");
}

// All accounts only with ?all=true, and for who operates the installation.
Result<void> ChooseAccount(const Call& call, audit::Query& query) {
  if (call.request.Query("all").value_or("false") != "true") {
    query.account = call.account.text();
    return Ok();
  }
  TRY_ASSIGN(const bool may, call.services.may(call.request, iam::Action::kSystemOperate,
                                               iam::Resource::Account(iam::AccountId::Default())));
  if (may) return Ok();
  return Error(Code::kPermissionDenied, "denied",
               "the records of all accounts need system:Operate; without all=true, those of this "
               "account are searched");
}

Result<audit::Query> ReadQuery(const Call& call) {
  const http::Request& request = call.request;
  audit::Query query;
  TRY_ASSIGN(query.from, TimeParameter(call, "from"));
  TRY_ASSIGN(query.to, TimeParameter(call, "to"));
  TRY_ASSIGN(query.outcome, OutcomeParameter(call));
  query.action = request.Query("action");
  query.principal = request.Query("principal");
  query.repository = request.Query("repository");
  query.digest = request.Query("digest");
  const std::string order = request.Query("order").value_or("newest");
  if (order != "newest" && order != "oldest") {
    return InvalidArgument("order_invalid", "order is newest or oldest, which comes first");
  }
  query.newest_first = order == "newest";
  if (request.Query("cursor")) {
    TRY_ASSIGN(const int64_t cursor, NumberParameter(request, "cursor", 0));
    query.cursor = static_cast<uint64_t>(cursor);
  }
  TRY_ASSIGN(const int64_t n, NumberParameter(request, "n", PageWanted::kDefault));
  query.limit = static_cast<int>(std::clamp<int64_t>(n, 1, audit::kSearchLimitMax));
  TRY(ChooseAccount(call, query));
  return query;
}

Result<http::Response> Search(const Call& call) {
  TRY_ASSIGN(const audit::Query query, ReadQuery(call));
  TRY_ASSIGN(const audit::SearchResult found, call.services.audit.Find(query));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("records").BeginArray();
  for (const audit::Entry& entry : found.entries) {
    std::string record;
    audit::AppendJson(entry, record);
    writer.Raw(record);
  }
  writer.EndArray().Key("cursor");
  if (found.cursor) {
    writer.String(std::to_string(*found.cursor));
  } else {
    writer.Null();
  }
  WriteTexts(writer, "damaged", found.damaged);
  writer.EndObject();
  return Json(std::move(body));
}

Result<http::Response> PublicKey(const Call& call) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("publicKey").String(HexEncode(call.services.audit.PublicKey()));
  writer.EndObject();
  return Json(std::move(body));
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/audit", "admin_audit", "audit:Read", Search},
    {http::Method::kGet, "/audit/public-key", "admin_audit_key", "audit:Read", PublicKey, false},
};

}  // namespace

std::span<const Row> AuditRows() { return kRows; }

}  // namespace gantry::api::admin
