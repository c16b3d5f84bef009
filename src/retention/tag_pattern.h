#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gantry::retention {

// One pattern over tags or repository names. A cheap value: what it compiled to is shared.
// Threads: const methods from any thread.
class TagPattern {
 public:
  enum class Kind : uint8_t { kPrefix, kGlob, kRegex, kVersions, kDoublestar };

  // Matches every text that begins with `text`. (ECR tagPrefixList, Artifact Registry prefixes.)
  static TagPattern Prefix(std::string text);
  // '*' stands for any run of characters; the whole text must match. (ECR tagPatternList, R10.)
  static TagPattern Glob(std::string text);
  // RE2 syntax; the whole text must match. invalid_argument/tag_regex_invalid.
  static Result<TagPattern> Regex(std::string text);
  // Tags that are versions in a range (retention/semver.h). invalid_argument/version_range_invalid.
  static Result<TagPattern> Versions(std::string text);
  // Harbor's doublestar: '*' and '?' stop at '/', "**" as a whole component does not, "[a-z]",
  // "{a,b}"; "a,b" at the top is a list too. invalid_argument/tag_pattern_invalid.
  static Result<TagPattern> Doublestar(std::string text);

  bool Matches(std::string_view text) const;
  // What every text begins with that matches; "" where that is not known.
  std::string_view head() const;

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }

 private:
  struct Compiled;
  TagPattern(Kind kind, std::string text) : kind_(kind), text_(std::move(text)) {}
  bool MatchesGlob(std::string_view text) const;

  Kind kind_;
  std::string text_;
  size_t head_ = 0;        // kGlob: characters before the first '*'
  bool starless_ = false;  // kGlob: there is none
  bool open_ = false;      // kGlob: nothing but that one '*' follows
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace gantry::retention
