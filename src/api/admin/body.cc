#include "api/admin/body.h"

#include <algorithm>
#include <utility>

#include "api/admin/answer.h"
#include "base/suggest.h"
#include "iam/timestamp.h"
#include "json/writer.h"

namespace gantry::api::admin {
namespace {

Error Missing(std::string_view field) {
  return InvalidArgument("field_missing", "the field \"" + std::string(field) + "\" is missing");
}

Error Invalid(std::string_view field, const char* wanted) {
  return InvalidArgument("field_invalid",
                         "the field \"" + std::string(field) + "\" must be " + wanted);
}

Error Unknown(std::string_view field, std::initializer_list<std::string_view> known) {
  std::vector<std::string> names(known.begin(), known.end());
  std::string sentence = "the field \"" + std::string(field.substr(0, 64)) + "\" is not known";
  if (const auto nearest = Nearest(field, names)) {
    sentence += "; did you mean \"" + *nearest + "\"?";
  } else if (names.empty()) {
    sentence += "; this request takes none";
  } else {
    sentence += "; there are";
    for (size_t i = 0; i < names.size(); ++i) sentence += (i == 0 ? " " : ", ") + names[i];
  }
  return InvalidArgument("field_unknown", std::move(sentence));
}

}  // namespace

Result<Body> Body::Read(const http::Request& request,
                        std::initializer_list<std::string_view> known) {
  TRY_ASSIGN(json::Document document,
             json::Document::Parse(request.body.empty() ? "{}" : std::string_view(request.body)));
  if (!document.root().IsObject()) {
    return InvalidArgument("body_invalid", "the body must be a JSON object");
  }
  for (const auto [key, value] : document.root().Members()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) return Unknown(key, known);
  }
  return Body(std::move(document));
}

json::Value Body::Find(std::string_view field) const {
  const json::Value value = document_.root().Find(field);
  return value && value.IsNull() ? json::Value() : value;
}

Result<std::optional<std::string>> Body::OptionalText(std::string_view field) const {
  const json::Value value = Find(field);
  if (!value) return std::optional<std::string>();
  const auto text = value.String();
  if (!text || text->size() > kTextBytesMax || text->find('\0') != std::string_view::npos) {
    return Invalid(field, "a text of at most 4096 bytes");
  }
  return std::optional<std::string>(*text);
}

Result<std::string> Body::Text(std::string_view field) const {
  TRY_ASSIGN(auto text, OptionalText(field));
  if (!text) return Missing(field);
  return *std::move(text);
}

Result<std::optional<bool>> Body::OptionalBool(std::string_view field) const {
  const json::Value value = Find(field);
  if (!value) return std::optional<bool>();
  const auto truth = value.Bool();
  if (!truth) return Invalid(field, "true or false");
  return truth;
}

Result<std::optional<int64_t>> Body::OptionalInt(std::string_view field) const {
  const json::Value value = Find(field);
  if (!value) return std::optional<int64_t>();
  const auto number = value.Int();
  if (!number || *number < 0) return Invalid(field, "a whole number of at least 0");
  return number;
}

Result<std::optional<Time>> Body::OptionalTime(std::string_view field) const {
  TRY_ASSIGN(const auto text, OptionalText(field));
  if (!text) return std::optional<Time>();
  const auto time = iam::ParseTimestamp(*text);
  if (!time) return Invalid(field, "a time such as \"2026-11-24T09:15:00Z\"");
  return time;
}

Result<std::optional<std::vector<std::string>>> Body::OptionalTexts(std::string_view field) const {
  const json::Value value = Find(field);
  if (!value) return std::optional<std::vector<std::string>>();
  if (!value.IsArray() || value.size() > kItemsMax) {
    return Invalid(field, "a list of at most 1000 texts");
  }
  std::vector<std::string> texts;
  for (const json::Value item : value.Items()) {
    const auto text = item.String();
    if (!text || text->size() > kTextBytesMax || text->find('\0') != std::string_view::npos) {
      return Invalid(field, "a list of texts of at most 4096 bytes each");
    }
    texts.emplace_back(*text);
  }
  return std::optional(std::move(texts));
}

Result<std::vector<std::string>> Body::Texts(std::string_view field) const {
  TRY_ASSIGN(auto texts, OptionalTexts(field));
  if (!texts) return Missing(field);
  return *std::move(texts);
}

std::string Body::Raw(std::string_view field, std::string_view fallback) const {
  const json::Value value = Find(field);
  if (!value) return std::string(fallback);
  std::string text;
  json::Writer writer(text);
  WriteValue(writer, value);
  return text;
}

}  // namespace gantry::api::admin
