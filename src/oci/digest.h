#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gantry::oci {

enum class Algorithm { kSha256, kSha512 };

// "sha256" or "sha512".
std::string_view AlgorithmName(Algorithm algorithm);

// A digest in its one canonical form, "sha256:" and 64 lower-case hexadecimal digits, or "sha512:"
// and 128. A value; never empty except when moved from. (OCI image 1.1, descriptor, digests.)
class Digest {
 public:
  // invalid_argument/digest_invalid for any other text, upper-case digits included;
  // unsupported/digest_unsupported for a well-formed digest of another algorithm.
  static Result<Digest> Parse(std::string_view text);
  // REQUIRES: `hash` is the raw hash, 32 or 64 bytes.
  static Digest FromHash(Algorithm algorithm, std::string_view hash);
  // The digest of these bytes.
  static Digest Of(Algorithm algorithm, std::string_view bytes);

  Algorithm algorithm() const { return algorithm_; }
  const std::string& text() const { return text_; }
  // The hexadecimal digits.
  std::string_view hex() const { return std::string_view(text_).substr(7); }

  bool operator==(const Digest& other) const { return text_ == other.text_; }
  auto operator<=>(const Digest& other) const { return text_ <=> other.text_; }

 private:
  Digest(Algorithm algorithm, std::string text) : algorithm_(algorithm), text_(std::move(text)) {}
  Algorithm algorithm_;
  std::string text_;
};

}  // namespace gantry::oci
