#include "db/sqlite/dialect.h"

namespace gantry::db::sqlite {
namespace {

constexpr std::string_view kBigintKey = "BIGINT PRIMARY KEY";
constexpr std::string_view kIntegerKey = "INTEGER PRIMARY KEY";
constexpr std::string_view kCommentStart = "/*sqlite:";
constexpr std::string_view kCommentEnd = "*/";

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != text.npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

std::string ToSqlite(std::string_view script) {
  std::string text(script);
  ReplaceAll(text, kBigintKey, kIntegerKey);
  for (size_t at = text.find(kCommentStart); at != text.npos; at = text.find(kCommentStart, at)) {
    const size_t end = text.find(kCommentEnd, at);
    if (end == text.npos) break;
    text.erase(end, kCommentEnd.size());
    text.erase(at, kCommentStart.size());
  }
  return text;
}

}  // namespace gantry::db::sqlite
