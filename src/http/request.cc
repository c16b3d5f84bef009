#include "http/request.h"

#include <algorithm>

#include "base/assert.h"
#include "base/encoding.h"
#include "http/ascii.h"

namespace gantry::http {
namespace {

constexpr size_t kSparePairs = 16;
constexpr size_t kSpareBytes = 512;  // longer strings are given back
constexpr size_t kBodyBytesKept = 4096;

// Calls visit(key, value) with the encoded parts of each parameter until it returns false.
template <typename Visit>
void EachQueryPart(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view part = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (part.empty()) continue;
    const size_t equals = std::min(part.find('='), part.size());
    const std::string_view value = part.substr(std::min(equals + 1, part.size()));
    if (!visit(part.substr(0, equals), value)) return;
  }
}

bool KeyIs(std::string_view encoded, std::string_view name) {
  if (encoded == name) return true;
  if (encoded.find_first_of("%+") == std::string_view::npos) return false;
  const auto decoded = PercentDecode(encoded, true);
  return decoded && *decoded == name;
}

std::optional<std::string> FirstValue(std::string_view text, std::string_view name) {
  std::optional<std::string> found;
  EachQueryPart(text, [&](std::string_view key, std::string_view value) {
    if (!KeyIs(key, name)) return true;
    found = PercentDecode(value, true);
    return false;
  });
  return found;
}

std::vector<std::string> AllValues(std::string_view text, std::string_view name) {
  std::vector<std::string> all;
  EachQueryPart(text, [&](std::string_view key, std::string_view value) {
    if (!KeyIs(key, name)) return true;
    if (auto decoded = PercentDecode(value, true)) all.push_back(std::move(*decoded));
    return true;
  });
  return all;
}

}  // namespace

std::string_view MethodName(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kPut:
      return "PUT";
    case Method::kPatch:
      return "PATCH";
    case Method::kDelete:
      return "DELETE";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      break;
  }
  return "OTHER";
}

std::optional<std::string_view> Request::Header(std::string_view name) const {
  for (const auto& [key, value] : headers_) {
    if (EqualsIgnoreCase(key, name)) return value;
  }
  return std::nullopt;
}

std::vector<std::string_view> Request::Headers(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : headers_) {
    if (EqualsIgnoreCase(key, name)) values.push_back(value);
  }
  return values;
}

void Request::Append(Pairs& pairs, std::string_view first, std::string_view second) {
  if (spare_.empty()) {
    pairs.emplace_back(first, second);
    return;
  }
  pairs.push_back(std::move(spare_.back()));
  spare_.pop_back();
  pairs.back().first.assign(first);
  pairs.back().second.assign(second);
}

void Request::AddHeader(std::string_view name, std::string_view value) {
  Append(headers_, name, value);
}

void Request::AddParameter(std::string_view name, std::string_view value) {
  Append(parameters_, name, value);
}

std::string_view Request::Parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  AssertionFailed("the pattern of the route has this parameter", __FILE__, __LINE__);
}

std::optional<std::string> Request::Query(std::string_view name) const {
  return FirstValue(query, name);
}

std::vector<std::string> Request::QueryAll(std::string_view name) const {
  return AllValues(query, name);
}

std::optional<std::string> Request::Form(std::string_view name) const {
  return FirstValue(body, name);
}

std::vector<std::string> Request::FormAll(std::string_view name) const {
  return AllValues(body, name);
}

void Request::Clear() {
  method = Method::kOther;
  for (std::string* text :
       {&target, &path, &query, &scheme, &authority, &peer, &account, &path_prefix, &id}) {
    if (text->capacity() > kSpareBytes) std::string().swap(*text);
    text->clear();
  }
  version = 11;
  caller.reset();
  deeds.reset();
  received = {};
  if (body.capacity() > kBodyBytesKept) std::string().swap(body);
  body.clear();
  content_length = -1;
  for (Pairs* pairs : {&headers_, &parameters_}) {
    for (auto& pair : *pairs) {
      if (spare_.size() == kSparePairs) break;
      if (pair.first.capacity() + pair.second.capacity() > kSpareBytes) continue;
      spare_.push_back(std::move(pair));
    }
    pairs->clear();
  }
}

}  // namespace gantry::http
