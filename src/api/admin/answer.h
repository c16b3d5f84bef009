#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/request.h"
#include "http/response.h"
#include "json/copy.h"
#include "json/document.h"
#include "json/writer.h"

// What all answers of this dialect have in common.
namespace gantry::api::admin {

http::Response Json(std::string body, int status = 200);
// 204: it is done, and there is nothing to say.
http::Response Done();

// Member of an object: the time, or null.
void WriteTime(json::Writer& writer, std::string_view key, Time time, bool absent = false);
void WriteTexts(json::Writer& writer, std::string_view key, const std::vector<std::string>& texts);

// A query parameter that is a whole number; `fallback` when it is absent.
// invalid_argument/number_invalid
Result<int64_t> NumberParameter(const http::Request& request, std::string_view key,
                                int64_t fallback);

// Where a list goes on, and how much of it is wanted: ?last=NAME&n=N.
struct PageWanted {
  static constexpr int64_t kDefault = 100;
  static constexpr int64_t kMax = 1000;

  std::string last;  // "": from the start
  int64_t n = kDefault;
};
Result<PageWanted> ReadPage(const http::Request& request);

// {KEY: [...], "more": BOOL} of up to n + 1 items, where the last one too many says that there is
// more. `write(writer, item)` writes one.
template <typename T, typename Write>
http::Response PageAnswer(std::string_view key, const std::vector<T>& items, int64_t n,
                          const Write& write) {
  const auto shown = static_cast<size_t>(n);
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key(key).BeginArray();
  for (size_t i = 0; i < items.size() && i < shown; ++i) write(writer, items[i]);
  writer.EndArray().Key("more").Bool(items.size() > shown).EndObject();
  return Json(std::move(body));
}

// {KEY: [...]} of all there are.
template <typename T, typename Write>
http::Response ListAnswer(std::string_view key, const std::vector<T>& items, const Write& write) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key(key).BeginArray();
  for (const T& item : items) write(writer, item);
  writer.EndArray().EndObject();
  return Json(std::move(body));
}

// One item.
template <typename T, typename Write>
http::Response ItemAnswer(const T& item, const Write& write, int status = 200) {
  std::string body;
  json::Writer writer(body);
  write(writer, item);
  return Json(std::move(body), status);
}

}  // namespace gantry::api::admin
