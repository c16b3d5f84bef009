#include "retention/tag_pattern.h"

#include <optional>
#include <utility>

#include "base/regex.h"
#include "retention/semver.h"

namespace gantry::retention {
namespace {

constexpr size_t kPatternBytesMax = 1024;

bool IsAsciiPunctuation(char c) {
  return c > ' ' && c < 0x7f &&
         !((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
}

// A doublestar pattern as a regular expression; nullopt when it is malformed.
class DoublestarTranslator {
 public:
  explicit DoublestarTranslator(std::string_view pattern) : pattern_(pattern) {}

  std::optional<std::string> Translate() {
    while (at_ < pattern_.size()) {
      if (!Step()) return std::nullopt;
    }
    if (depth_ != 0) return std::nullopt;
    return regex_;
  }

 private:
  bool AtComponentStart() const {
    return at_ == 0 || pattern_[at_ - 1] == '/' || pattern_[at_ - 1] == '{' ||
           pattern_[at_ - 1] == ',';
  }

  bool Step() {
    const char c = pattern_[at_];
    switch (c) {
      case '*':
        return Star();
      case '?':
        regex_ += "[^/]";
        ++at_;
        return true;
      case '[':
        return Class();
      case '{':
        ++depth_;
        regex_ += "(?:";
        ++at_;
        return true;
      case '}':
        if (depth_-- == 0) return false;
        regex_ += ')';
        ++at_;
        return true;
      case ',':
        regex_ += depth_ > 0 ? "|" : ",";
        ++at_;
        return true;
      case '\\':
        if (++at_ == pattern_.size()) return false;
        [[fallthrough]];
      default:
        if (IsAsciiPunctuation(pattern_[at_])) regex_ += '\\';
        regex_ += pattern_[at_++];
        return true;
    }
  }

  bool Star() {
    const bool component = AtComponentStart() && pattern_.substr(at_, 2) == "**";
    const size_t after = at_ + 2;
    if (component && after < pattern_.size() && pattern_[after] == '/') {
      regex_ += "(?:.*/)?";
      at_ += 3;
      return true;
    }
    if (component &&
        (after == pattern_.size() || pattern_[after] == '}' || pattern_[after] == ',')) {
      regex_ += ".*";
      at_ += 2;
      return true;
    }
    regex_ += "[^/]*";
    while (at_ < pattern_.size() && pattern_[at_] == '*') ++at_;
    return true;
  }

  bool Class() {
    const size_t end = pattern_.find(']', at_ + 2);
    if (end == std::string_view::npos) return false;
    std::string_view body = pattern_.substr(at_ + 1, end - at_ - 1);
    regex_ += '[';
    if (body[0] == '!' || body[0] == '^') {
      regex_ += '^';
      body.remove_prefix(1);
    }
    if (body.empty()) return false;
    for (const char c : body) {
      if (c == '\\' || c == '[' || c == '^' || c == '&' || c == '~') regex_ += '\\';
      regex_ += c;
    }
    regex_ += ']';
    at_ = end + 1;
    return true;
  }

  std::string_view pattern_;
  size_t at_ = 0;
  int depth_ = 0;
  std::string regex_;
};

Error Malformed(const char* reason, const std::string& text, const std::string& why) {
  return InvalidArgument(reason,
                         "the pattern '" + text.substr(0, 100) + "' is not understood: " + why);
}

}  // namespace

// One of the two.
struct TagPattern::Compiled {
  explicit Compiled(gantry::Regex compiled) : regex(std::move(compiled)) {}
  explicit Compiled(VersionRange range) : versions(std::move(range)) {}
  std::optional<gantry::Regex> regex;
  std::optional<VersionRange> versions;
};

TagPattern TagPattern::Prefix(std::string text) { return {Kind::kPrefix, std::move(text)}; }

TagPattern TagPattern::Glob(std::string text) {
  TagPattern pattern(Kind::kGlob, std::move(text));
  const size_t star = pattern.text_.find('*');
  pattern.starless_ = star == std::string::npos;
  pattern.head_ = pattern.starless_ ? pattern.text_.size() : star;
  pattern.open_ = !pattern.starless_ && star + 1 == pattern.text_.size();
  return pattern;
}

Result<TagPattern> TagPattern::Regex(std::string text) {
  if (text.size() > kPatternBytesMax) {
    return Malformed("tag_regex_invalid", text, "it is longer than 1024 bytes");
  }
  TagPattern pattern(Kind::kRegex, std::move(text));
  auto compiled = gantry::Regex::Compile(pattern.text_);
  if (!compiled.ok()) {
    return Malformed("tag_regex_invalid", pattern.text_, compiled.error().message());
  }
  pattern.compiled_ = std::make_shared<const Compiled>(std::move(compiled).value());
  return pattern;
}

Result<TagPattern> TagPattern::Versions(std::string text) {
  TRY_ASSIGN(VersionRange range, VersionRange::Parse(text));
  TagPattern pattern(Kind::kVersions, std::move(text));
  pattern.compiled_ = std::make_shared<const Compiled>(std::move(range));
  return pattern;
}

Result<TagPattern> TagPattern::Doublestar(std::string text) {
  if (text.size() > kPatternBytesMax) {
    return Malformed("tag_pattern_invalid", text, "it is longer than 1024 bytes");
  }
  TagPattern pattern(Kind::kDoublestar, std::move(text));
  // Harbor's user interface writes a list without braces.
  const bool list =
      pattern.text_.find(',') != std::string::npos && pattern.text_.find('{') == std::string::npos;
  const std::string whole = list ? "{" + pattern.text_ + "}" : pattern.text_;
  const auto regex = DoublestarTranslator(whole).Translate();
  if (!regex) {
    return Malformed("tag_pattern_invalid", pattern.text_,
                     "a bracket or brace is not closed, or it ends with a backslash");
  }
  auto compiled = gantry::Regex::Compile(*regex);
  if (!compiled.ok()) {
    return Malformed("tag_pattern_invalid", pattern.text_, compiled.error().message());
  }
  pattern.compiled_ = std::make_shared<const Compiled>(std::move(compiled).value());
  return pattern;
}

std::string_view TagPattern::head() const {
  if (kind_ == Kind::kPrefix) return text_;
  return kind_ == Kind::kGlob ? std::string_view(text_).substr(0, head_) : std::string_view();
}

bool TagPattern::Matches(std::string_view text) const {
  switch (kind_) {
    case Kind::kPrefix:
      return text.starts_with(text_);
    case Kind::kGlob:
      if (!text.starts_with(std::string_view(text_).substr(0, head_))) return false;
      if (open_) return true;
      if (starless_) return text.size() == text_.size();
      return MatchesGlob(text);
    case Kind::kVersions: {
      const auto version = Version::Parse(text);
      return version && compiled_->versions->Contains(*version);
    }
    case Kind::kRegex:
    case Kind::kDoublestar:
      return compiled_->regex->Matches(text);
  }
  return false;
}

// The pieces between stars are found from left to right, each as early as it can be; the last one
// stands at the end. REQUIRES: the head matches and a star follows it.
bool TagPattern::MatchesGlob(std::string_view text) const {
  std::string_view pattern = std::string_view(text_).substr(head_ + 1);
  text.remove_prefix(head_);
  while (true) {
    const size_t star = pattern.find('*');
    if (star == std::string_view::npos) return text.ends_with(pattern);
    const size_t found = text.find(pattern.substr(0, star));
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + star);
    pattern.remove_prefix(star + 1);
  }
}

}  // namespace gantry::retention
