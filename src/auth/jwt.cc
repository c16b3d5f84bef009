#include "auth/jwt.h"

#include <algorithm>
#include <cmath>

#include "base/encoding.h"
#include "json/writer.h"

namespace gantry::auth {
namespace {

constexpr json::Limits kLimits{kJwtBytesMax, 16, 1'000};
// Headers with a key in them or a place to get one from, and those that change what is signed.
constexpr std::string_view kRefusedHeaders[] = {"jwk", "jku", "x5u", "x5c", "crit", "b64"};
constexpr double kSecondsMax = 253'402'300'799;  // the year 9999

Error TokenInvalid(const std::string& why) {
  return Error(Code::kUnauthenticated, "token_invalid", "the token is not valid: " + why);
}

Result<json::Document> ParsePart(std::string_view part, const std::string& name) {
  const auto bytes = Base64UrlDecode(part);
  if (!bytes) return TokenInvalid("its " + name + " is no base64url");
  auto document = json::Document::Parse(*bytes, kLimits);
  if (!document.ok() || !document->root().IsObject()) {
    return TokenInvalid("its " + name + " is no JSON object");
  }
  return std::move(*document);
}

// Whether "aud", a text or a list of texts, names one of `audiences`.
bool HasAudience(json::Value claims, const std::vector<std::string>& audiences) {
  const json::Value claim = claims.Find("aud");
  if (!claim) return false;
  const auto is_wanted = [&](json::Value value) {
    const auto text = value.String();
    return text && std::find(audiences.begin(), audiences.end(), *text) != audiences.end();
  };
  if (!claim.IsArray()) return is_wanted(claim);
  for (const json::Value item : claim.Items()) {
    if (is_wanted(item)) return true;
  }
  return false;
}

// Whether a time claim is absent or what it should be.
bool IsTimeOrAbsent(json::Value claims, std::string_view name) {
  return !claims.Find(name) || TimeClaim(claims, name);
}

Result<void> CheckTimes(json::Value claims, Time now) {
  const auto expires = TimeClaim(claims, "exp");
  if (!expires || !IsTimeOrAbsent(claims, "nbf") || !IsTimeOrAbsent(claims, "iat")) {
    return TokenInvalid("\"exp\" is not there, or a time is no number");
  }
  if (now >= *expires + kClockSkew) {
    return Error(Code::kUnauthenticated, "token_expired",
                 "the token expired at " + FormatTime(*expires));
  }
  const auto not_before = TimeClaim(claims, "nbf");
  if (not_before && now + kClockSkew < *not_before) {
    return Error(Code::kUnauthenticated, "token_not_yet_valid",
                 "the token is not valid before " + FormatTime(*not_before));
  }
  const auto issued = TimeClaim(claims, "iat");
  if (issued && now + kClockSkew < *issued) return TokenInvalid("it was issued in the future");
  return Ok();
}

}  // namespace

std::string_view UnverifiedJwt::issuer() const { return TextClaim(claims.root(), "iss"); }

Result<UnverifiedJwt> ParseJwt(std::string_view token) {
  if (token.size() > kJwtBytesMax) {
    return TokenInvalid("it has more than " + std::to_string(kJwtBytesMax) + " bytes");
  }
  const size_t first = token.find('.');
  const size_t second = first == token.npos ? first : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) {
    return TokenInvalid("it has not three parts");
  }
  TRY_ASSIGN(const json::Document header, ParsePart(token.substr(0, first), "header"));
  for (const std::string_view name : kRefusedHeaders) {
    if (header.root().Find(name)) {
      return TokenInvalid("its header has \"" + std::string(name) + "\"");
    }
  }
  TRY_ASSIGN(json::Document claims,
             ParsePart(token.substr(first + 1, second - first - 1), "payload"));
  auto signature = Base64UrlDecode(token.substr(second + 1));
  if (!signature || signature->empty()) return TokenInvalid("it is not signed");
  return UnverifiedJwt{
      std::string(TextClaim(header.root(), "kid")), std::string(TextClaim(header.root(), "alg")),
      std::string(token.substr(0, second)), std::move(*signature), std::move(claims)};
}

Result<void> VerifyJwt(const UnverifiedJwt& token, const KeySet& keys,
                       const JwtExpectation& expectation) {
  const crypto::PublicKey* const key = keys.Find(token.key_id);
  if (key == nullptr) return TokenInvalid("no key of its issuer has signed it");
  if (token.algorithm != SignatureAlgorithmName(key->algorithm())) {
    return TokenInvalid("its key is for another algorithm than it says");
  }
  if (!key->Verify(token.signing_input, token.signature)) {
    return TokenInvalid("its signature is wrong");
  }
  const json::Value claims = token.claims.root();
  if (TextClaim(claims, "iss") != expectation.issuer ||
      !HasAudience(claims, expectation.audiences)) {
    return Error(Code::kUnauthenticated, "token_foreign",
                 "the token is of another issuer or for another service");
  }
  return CheckTimes(claims, expectation.now);
}

std::string SignJwt(const crypto::PrivateKey& key, std::string_view key_id,
                    std::string_view claims) {
  std::string header;
  json::Writer writer(header);
  writer.BeginObject().Key("alg").String(SignatureAlgorithmName(key.algorithm()));
  writer.Key("kid").String(key_id).Key("typ").String("JWT").EndObject();
  std::string token = Base64UrlEncode(header) + "." + Base64UrlEncode(claims);
  const std::string signature = key.Sign(token);
  token += '.';
  token += Base64UrlEncode(signature);
  return token;
}

std::optional<Time> TimeClaim(json::Value claims, std::string_view name) {
  const json::Value claim = claims.Find(name);
  const auto seconds = claim ? claim.Double() : std::nullopt;
  if (!seconds || !(*seconds >= 0 && *seconds <= kSecondsMax)) return std::nullopt;
  return Time{static_cast<int64_t>(std::floor(*seconds * 1e6))};
}

std::string_view TextClaim(json::Value claims, std::string_view name) {
  const json::Value claim = claims.Find(name);
  return claim ? claim.String().value_or("") : "";
}

}  // namespace gantry::auth
