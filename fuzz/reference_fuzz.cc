// Names, tags and digests: what is accepted is exactly what a second, slower matcher of the grammar
// accepts, keeps its bytes, and can stand in a path and in a URL as it is.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "oci/reference.h"

namespace {

using gantry::oci::Digest;
using gantry::oci::ParseReference;
using gantry::oci::Reference;
using gantry::oci::RepositoryName;
using gantry::oci::Tag;

bool IsOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)* as a state machine.
bool MatchesName(std::string_view text) {
  enum { kStart, kWord, kDot, kUnderscore, kTwoUnderscores, kDashes } state = kStart;
  for (const char c : text) {
    if (IsOneOf(c, kLower)) {
      state = kWord;
    } else if (c == '/' && state == kWord) {
      state = kStart;
    } else if (c == '.' && state == kWord) {
      state = kDot;
    } else if (c == '_' && state == kWord) {
      state = kUnderscore;
    } else if (c == '_' && state == kUnderscore) {
      state = kTwoUnderscores;
    } else if (c == '-' && (state == kWord || state == kDashes)) {
      state = kDashes;
    } else {
      return false;
    }
  }
  return state == kWord && text.size() <= 255;
}

bool MatchesTag(std::string_view text) {
  if (text.empty() || text.size() > 128 || text[0] == '.' || text[0] == '-') return false;
  for (const char c : text) {
    if (!IsOneOf(c, kLower) && !IsOneOf(c, kUpper) && !IsOneOf(c, "._-")) return false;
  }
  return true;
}

bool MatchesDigest(std::string_view text) {
  const bool sha256 = text.substr(0, 7) == "sha256:" && text.size() == 7 + 64;
  const bool sha512 = text.substr(0, 7) == "sha512:" && text.size() == 7 + 128;
  return (sha256 || sha512) &&
         text.find_first_not_of("0123456789abcdef", 7) == std::string_view::npos;
}

template <typename T>
void Check(std::string_view text, bool expected) {
  const auto parsed = T::Parse(text);
  GANTRY_ASSERT(parsed.ok() == expected);
  if (!parsed.ok()) {
    GANTRY_ASSERT(parsed.error().message().size() < 400);
    return;
  }
  GANTRY_ASSERT(parsed->text() == text);
  const auto again = T::Parse(parsed->text());
  GANTRY_ASSERT(again.ok() && *again == *parsed);
  GANTRY_ASSERT(text != ".." && text.find("/..") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check<RepositoryName>(text, MatchesName(text));
  Check<Tag>(text, MatchesTag(text));
  Check<Digest>(text, MatchesDigest(text));
  const auto name = RepositoryName::Parse(text);
  if (name.ok()) {
    const std::string_view project = name->project();
    GANTRY_ASSERT(project.empty() == (text.find('/') == std::string_view::npos));
    GANTRY_ASSERT(project.empty() || MatchesName(project));
  }
  const auto reference = ParseReference(text);
  GANTRY_ASSERT(reference.ok() == (MatchesTag(text) || MatchesDigest(text)));
  if (reference.ok())
    GANTRY_ASSERT(std::holds_alternative<Digest>(*reference) == MatchesDigest(text));
  return 0;
}
