#include "api/admin/answer.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"

namespace gantry::api::admin {

http::Response Json(std::string body, int status) {
  http::Response response;
  response.status = status;
  // Answers name people and carry secrets: no cache keeps them.
  response.Add("Content-Type", "application/json").Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

http::Response Done() {
  http::Response response;
  response.status = 204;
  return response;
}

void WriteTime(json::Writer& writer, std::string_view key, Time time, bool absent) {
  writer.Key(key);
  if (absent) {
    writer.Null();
    return;
  }
  writer.String(FormatTime(time));
}

void WriteTexts(json::Writer& writer, std::string_view key, const std::vector<std::string>& texts) {
  writer.Key(key).BeginArray();
  for (const std::string& text : texts) writer.String(text);
  writer.EndArray();
}

Result<int64_t> NumberParameter(const http::Request& request, std::string_view key,
                                int64_t fallback) {
  const auto text = request.Query(key);
  if (!text) return fallback;
  const auto number = ParseDecimal(*text);
  if (number) return *number;
  return InvalidArgument(
      "number_invalid",
      std::string(key) + " must be a whole number of at least 0, not \"" + *text + "\"");
}

Result<PageWanted> ReadPage(const http::Request& request) {
  PageWanted page;
  page.last = request.Query("last").value_or("");
  TRY_ASSIGN(const int64_t n, NumberParameter(request, "n", PageWanted::kDefault));
  page.n = std::clamp<int64_t>(n, 1, PageWanted::kMax);
  return page;
}

}  // namespace gantry::api::admin
