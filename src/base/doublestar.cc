#include "base/doublestar.h"

#include <optional>
#include <string>
#include <vector>

namespace gantry {
namespace {

constexpr size_t kAlternativesMax = 256;

// The place of the brace that closes the one at `open`, and of the commas between them.
struct Braces {
  size_t open;
  std::vector<size_t> ends;  // of the alternatives; the last is the closing brace
};

std::optional<Braces> FindBraces(std::string_view pattern) {
  Braces braces{std::string_view::npos, {}};
  int depth = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
    } else if (pattern[i] == '{') {
      if (depth++ == 0) braces = {i, {}};
    } else if (depth > 0 && pattern[i] == '}') {
      if (--depth > 0) continue;
      braces.ends.push_back(i);
      return braces;
    } else if (depth == 1 && pattern[i] == ',') {
      braces.ends.push_back(i);
    }
  }
  return std::nullopt;
}

// All patterns without braces that a pattern stands for; false when there are too many.
bool Expand(std::string pattern, std::vector<std::string>& patterns) {
  const auto braces = FindBraces(pattern);
  if (!braces) {
    patterns.push_back(std::move(pattern));
    return patterns.size() <= kAlternativesMax;
  }
  const std::string head = pattern.substr(0, braces->open);
  const std::string tail = pattern.substr(braces->ends.back() + 1);
  size_t begin = braces->open + 1;
  for (const size_t end : braces->ends) {
    if (!Expand(head + pattern.substr(begin, end - begin) + tail, patterns)) return false;
    begin = end + 1;
  }
  return true;
}

// One pattern without braces against one text; what was found out is remembered by position.
class Match {
 public:
  Match(std::string_view pattern, std::string_view text)
      : pattern_(pattern),
        text_(text),
        known_((pattern.size() + 1) * (text.size() + 1), kUnknown) {}

  bool From(size_t p, size_t t) {
    char& known = known_[p * (text_.size() + 1) + t];
    if (known == kUnknown) known = Find(p, t) ? kYes : kNo;
    return known == kYes;
  }

 private:
  static constexpr char kUnknown = 0;
  static constexpr char kYes = 1;
  static constexpr char kNo = 2;

  bool Find(size_t p, size_t t) {
    if (p == pattern_.size()) return t == text_.size();
    if (IsDoubleStar(p)) {
      const bool is_last = p + 2 == pattern_.size();
      if (is_last) return true;
      if (From(p + 3, t)) return true;
      const size_t slash = text_.find('/', t);
      return slash != std::string_view::npos && From(p, slash + 1);
    }
    if (pattern_[p] == '*') {
      if (From(p + 1, t)) return true;
      return t < text_.size() && text_[t] != '/' && From(p, t + 1);
    }
    if (t == text_.size()) return false;
    if (pattern_[p] == '?') return text_[t] != '/' && From(p + 1, t + 1);
    if (pattern_[p] == '[') return FindInSet(p, t);
    if (pattern_[p] == '\\' && p + 1 < pattern_.size()) ++p;
    return pattern_[p] == text_[t] && From(p + 1, t + 1);
  }

  // "**" that is a whole component.
  bool IsDoubleStar(size_t p) const {
    if (pattern_.substr(p, 2) != "**") return false;
    if (p > 0 && pattern_[p - 1] != '/') return false;
    return p + 2 == pattern_.size() || pattern_[p + 2] == '/';
  }

  bool FindInSet(size_t p, size_t t) {
    const size_t close = pattern_.find(']', p + 2);
    if (close == std::string_view::npos || text_[t] == '/') return false;
    std::string_view set = pattern_.substr(p + 1, close - p - 1);
    const bool negated = set[0] == '!' || set[0] == '^';
    if (negated) set.remove_prefix(1);
    bool found = false;
    for (size_t i = 0; i < set.size(); ++i) {
      const bool is_range = i + 2 < set.size() && set[i + 1] == '-';
      const char last = is_range ? set[i + 2] : set[i];
      found = found || (set[i] <= text_[t] && text_[t] <= last);
      if (is_range) i += 2;
    }
    return found != negated && From(close + 1, t + 1);
  }

  const std::string_view pattern_;
  const std::string_view text_;
  std::vector<char> known_;
};

}  // namespace

bool DoublestarMatches(std::string_view pattern, std::string_view text) {
  std::string whole(pattern);
  if (pattern.find(',') != std::string_view::npos && pattern.find('{') == std::string_view::npos)
    whole = "{" + whole + "}";
  std::vector<std::string> patterns;
  if (!Expand(std::move(whole), patterns)) return false;
  for (const std::string& one : patterns) {
    if (Match(one, text).From(0, 0)) return true;
  }
  return false;
}

}  // namespace gantry
