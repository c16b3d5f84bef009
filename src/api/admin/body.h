#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/request.h"
#include "json/document.h"

namespace gantry::api::admin {

// The JSON object that a request brings. A null counts as left out. Errors are
// invalid_argument/field_unknown, /field_missing, /field_invalid, and those of json::Document;
// their sentences name the field.
class Body {
 public:
  static constexpr size_t kTextBytesMax = 4096;
  static constexpr size_t kItemsMax = 1000;

  // `known`: the fields that there are; any other is refused. An empty body is {}.
  static Result<Body> Read(const http::Request& request,
                           std::initializer_list<std::string_view> known);

  // Not there when it was left out.
  json::Value Find(std::string_view field) const;

  Result<std::string> Text(std::string_view field) const;
  Result<std::optional<std::string>> OptionalText(std::string_view field) const;
  Result<std::optional<bool>> OptionalBool(std::string_view field) const;
  Result<std::optional<int64_t>> OptionalInt(std::string_view field) const;
  // "2026-11-24T09:15:00Z" (iam/timestamp.h).
  Result<std::optional<Time>> OptionalTime(std::string_view field) const;
  // A list of texts.
  Result<std::vector<std::string>> Texts(std::string_view field) const;
  Result<std::optional<std::vector<std::string>>> OptionalTexts(std::string_view field) const;
  // A value as JSON text without blanks; `fallback` when it was left out.
  std::string Raw(std::string_view field, std::string_view fallback) const;

 private:
  explicit Body(json::Document document) : document_(std::move(document)) {}

  json::Document document_;
};

}  // namespace gantry::api::admin
