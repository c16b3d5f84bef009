#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "oci/digest.h"

namespace gantry::oci {

// A repository name by the specification's grammar
// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*, at most 255 characters.
class RepositoryName {
 public:
  // invalid_argument/name_invalid
  static Result<RepositoryName> Parse(std::string_view text);
  const std::string& text() const { return text_; }
  // The first component of a name of two or more; "" for a one-component name (the root project).
  std::string_view project() const;
  bool operator==(const RepositoryName& other) const { return text_ == other.text_; }
  auto operator<=>(const RepositoryName& other) const { return text_ <=> other.text_; }

 private:
  explicit RepositoryName(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
class Tag {
 public:
  // invalid_argument/tag_invalid
  static Result<Tag> Parse(std::string_view text);
  const std::string& text() const { return text_; }
  bool operator==(const Tag& other) const { return text_ == other.text_; }
  auto operator<=>(const Tag& other) const { return text_ <=> other.text_; }

 private:
  explicit Tag(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// What stands after /manifests/: a digest when it has a ':', else a tag.
using Reference = std::variant<Tag, Digest>;
Result<Reference> ParseReference(std::string_view text);

}  // namespace gantry::oci
