#include "audit/record.h"

#include "json/document.h"
#include "json/writer.h"

namespace gantry::audit {
namespace {

constexpr std::array<std::string_view, kFieldCount> kKeys = {
    "action",     "account",    "principal", "credential", "token",      "peer",
    "user_agent", "repository", "tag",       "digest",     "request_id", "detail"};

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kDenied:
      return "denied";
    case Outcome::kFailed:
      return "failed";
  }
  return "failed";
}

RecordView ViewOf(const Record& record) {
  RecordView view;
  view.time = record.time;
  view.outcome = record.outcome;
  view.status = record.status;
  const auto from = TextsOf(record);
  const auto to = TextsOf(view);
  for (size_t i = 0; i < kFieldCount; ++i) *to[i] = *from[i];
  return view;
}

void AppendJson(const Entry& entry, std::string& out) {
  const Record& record = entry.record;
  json::Writer writer(out);
  writer.BeginObject();
  writer.Key("sequence").Int(static_cast<int64_t>(entry.sequence));
  writer.Key("time").String(FormatTime(record.time));
  writer.Key("outcome").String(OutcomeName(record.outcome));
  if (record.status != 0) writer.Key("status").Int(record.status);
  const auto texts = TextsOf(record);
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (texts[i]->empty()) continue;
    writer.Key(kKeys[i]);
    if (i == static_cast<size_t>(Field::kDetail) && json::Document::Parse(*texts[i]).ok() &&
        texts[i]->find_first_of("\r\n") == std::string::npos) {
      writer.Raw(*texts[i]);
    } else {
      writer.String(*texts[i]);
    }
  }
  writer.EndObject();
}

}  // namespace gantry::audit
