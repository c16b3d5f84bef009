#include "oci/digest.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/assert.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "oci/excerpt.h"

namespace gantry::oci {
namespace {

constexpr size_t HexSize(Algorithm algorithm) { return algorithm == Algorithm::kSha256 ? 64 : 128; }

std::optional<Algorithm> FindAlgorithm(std::string_view name) {
  if (name == "sha256") return Algorithm::kSha256;
  if (name == "sha512") return Algorithm::kSha512;
  return std::nullopt;
}

bool IsLowerAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsAlgorithmSeparator(char c) { return c == '+' || c == '.' || c == '_' || c == '-'; }
bool IsEncoded(char c) {
  return IsLowerAlphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '=' || c == '_' || c == '-';
}

// No early exit: almost every text that is asked about is good.
bool IsLowerHex(std::string_view text) {
  static constexpr std::array<bool, 256> kBad = [] {
    std::array<bool, 256> bad{};
    for (size_t c = 0; c < bad.size(); ++c)
      bad[c] = !((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    return bad;
  }();
  bool any_bad = false;
  for (const char c : text) any_bad |= kBad[static_cast<unsigned char>(c)];
  return !any_bad;
}

// [a-z0-9]+([+._-][a-z0-9]+)*
bool IsAlgorithm(std::string_view name) {
  bool in_component = false;
  for (const char c : name) {
    if (IsLowerAlphanumeric(c)) {
      in_component = true;
    } else if (IsAlgorithmSeparator(c) && in_component) {
      in_component = false;
    } else {
      return false;
    }
  }
  return in_component;
}

Error DigestInvalid(std::string_view text, const char* what) {
  return InvalidArgument("digest_invalid", "the digest " + Excerpt(text) + " " + what)
      .With("digest", std::string(text.substr(0, 256)));
}

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  return algorithm == Algorithm::kSha256 ? "sha256" : "sha512";
}

Result<Digest> Digest::Parse(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos)
    return DigestInvalid(text, "has no ':'; it must look like sha256:<64 hexadecimal digits>");
  const std::string_view name = text.substr(0, colon);
  const std::string_view encoded = text.substr(colon + 1);
  const auto algorithm = FindAlgorithm(name);
  if (!algorithm) {
    if (!IsAlgorithm(name) || encoded.empty() ||
        !std::all_of(encoded.begin(), encoded.end(), IsEncoded))
      return DigestInvalid(text, "is malformed; it must look like sha256:<64 hexadecimal digits>");
    return Error(
               Code::kUnsupported, "digest_unsupported",
               "the digest algorithm " + Excerpt(name) + " is not supported; use sha256 or sha512")
        .With("digest", std::string(text.substr(0, 256)));
  }
  if (encoded.size() != HexSize(*algorithm))
    return DigestInvalid(text, *algorithm == Algorithm::kSha256
                                   ? "must have 64 hexadecimal digits after sha256:"
                                   : "must have 128 hexadecimal digits after sha512:");
  if (!IsLowerHex(encoded))
    return DigestInvalid(text, "may only have the digits 0-9 and a-f (lower case) after the ':'");
  return Digest(*algorithm, std::string(text));
}

Digest Digest::FromHash(Algorithm algorithm, std::string_view hash) {
  GANTRY_ASSERT(hash.size() * 2 == HexSize(algorithm));
  std::string text(AlgorithmName(algorithm));
  text += ':';
  text += HexEncode(hash);
  return Digest(algorithm, std::move(text));
}

Digest Digest::Of(Algorithm algorithm, std::string_view bytes) {
  return FromHash(algorithm,
                  algorithm == Algorithm::kSha256 ? crypto::Sha256(bytes) : crypto::Sha512(bytes));
}

}  // namespace gantry::oci
