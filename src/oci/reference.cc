#include "oci/reference.h"

#include "oci/excerpt.h"

namespace gantry::oci {
namespace {

constexpr size_t kNameMax = 255;
constexpr size_t kTagMax = 128;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLowerAlphanumeric(char c) { return IsLower(c) || IsDigit(c); }
bool IsSeparator(char c) { return c == '.' || c == '_' || c == '-'; }

// The length of the run of separators at `i`: one '.', one or two '_', any number of '-'; 0 when
// separators stand side by side that must not.
size_t SeparatorLength(std::string_view text, size_t i) {
  size_t end = i;
  while (end < text.size() && IsSeparator(text[end])) ++end;
  const std::string_view run = text.substr(i, end - i);
  const bool allowed =
      run == "." || run == "_" || run == "__" || run.find_first_not_of('-') == run.npos;
  return allowed ? run.size() : 0;
}

// What is wrong with the name, as the end of a sentence; nullptr when nothing is.
const char* NameProblem(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > kNameMax) return "is longer than 255 characters";
  bool after_alphanumeric = false;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (IsLowerAlphanumeric(c)) {
      after_alphanumeric = true;
      ++i;
    } else if (IsUpper(c)) {
      return "has an upper-case letter; use lower case";
    } else if (c == '/') {
      if (!after_alphanumeric) return "has a component that is empty or ends with a separator";
      after_alphanumeric = false;
      ++i;
    } else if (IsSeparator(c)) {
      if (!after_alphanumeric) return "has a component that begins with a separator";
      const size_t length = SeparatorLength(text, i);
      if (length == 0)
        return "has separators side by side; only '.', '_', '__' or dashes may stand between "
               "letters and digits";
      after_alphanumeric = false;
      i += length;
    } else {
      return "has a character that is not allowed; use a-z, 0-9, '.', '_', '-' and '/'";
    }
  }
  return after_alphanumeric ? nullptr : "ends with a separator";
}

const char* TagProblem(std::string_view text) {
  if (text.empty()) return "is empty";
  if (text.size() > kTagMax) return "is longer than 128 characters";
  if (text[0] == '.' || text[0] == '-') return "begins with '.' or '-'";
  for (const char c : text) {
    if (!IsLowerAlphanumeric(c) && !IsUpper(c) && !IsSeparator(c))
      return "has a character that is not allowed; use letters, digits, '.', '_' and '-'";
  }
  return nullptr;
}

}  // namespace

Result<RepositoryName> RepositoryName::Parse(std::string_view text) {
  if (const char* problem = NameProblem(text))
    return InvalidArgument("name_invalid", "the repository name " + Excerpt(text) + " " + problem)
        .With("name", std::string(text.substr(0, 256)));
  return RepositoryName(std::string(text));
}

std::string_view RepositoryName::project() const {
  const size_t slash = text_.find('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(text_).substr(0, slash);
}

Result<Tag> Tag::Parse(std::string_view text) {
  if (const char* problem = TagProblem(text))
    return InvalidArgument("tag_invalid", "the tag " + Excerpt(text) + " " + problem)
        .With("tag", std::string(text.substr(0, 256)));
  return Tag(std::string(text));
}

Result<Reference> ParseReference(std::string_view text) {
  if (text.find(':') == std::string_view::npos) {
    TRY_ASSIGN(Tag tag, Tag::Parse(text));
    return Reference(std::move(tag));
  }
  TRY_ASSIGN(Digest digest, Digest::Parse(text));
  return Reference(std::move(digest));
}

}  // namespace gantry::oci
