#include "auth/jwks.h"

#include <optional>

#include "base/encoding.h"
#include "json/writer.h"

namespace gantry::auth {
namespace {

constexpr json::Limits kLimits{256 * 1024, 8, 10'000};
constexpr size_t kKeysMax = 100;

using crypto::PublicKey;
using crypto::SignatureAlgorithm;

std::string_view TextOf(json::Value object, std::string_view name) {
  const json::Value value = object.Find(name);
  return value ? value.String().value_or("") : "";
}

std::string NumberOf(json::Value jwk, std::string_view name) {
  return Base64UrlDecode(TextOf(jwk, name)).value_or("");
}

// The algorithm that type and curve mean; nullopt: none of ours.
std::optional<SignatureAlgorithm> AlgorithmOf(json::Value jwk) {
  const std::string_view type = TextOf(jwk, "kty");
  const std::string_view curve = TextOf(jwk, "crv");
  if (type == "EC" && curve == "P-256") return SignatureAlgorithm::kEs256;
  if (type == "OKP" && curve == "Ed25519") return SignatureAlgorithm::kEdDsa;
  if (type == "RSA") return SignatureAlgorithm::kRs256;
  return std::nullopt;
}

void WriteJwk(const KeySetEntry& entry, json::Writer& writer) {
  const crypto::PublicNumbers numbers = entry.key.Numbers();
  const std::string first = Base64UrlEncode(numbers.first);
  const std::string second = Base64UrlEncode(numbers.second);
  writer.BeginObject();
  switch (numbers.algorithm) {
    case SignatureAlgorithm::kEs256:
      writer.Key("kty").String("EC").Key("crv").String("P-256");
      writer.Key("x").String(first).Key("y").String(second);
      break;
    case SignatureAlgorithm::kRs256:
      writer.Key("kty").String("RSA").Key("n").String(first).Key("e").String(second);
      break;
    case SignatureAlgorithm::kEdDsa:
      writer.Key("kty").String("OKP").Key("crv").String("Ed25519").Key("x").String(first);
      break;
  }
  if (!entry.id.empty()) writer.Key("kid").String(entry.id);
  writer.Key("use").String("sig").Key("alg").String(SignatureAlgorithmName(numbers.algorithm));
  writer.EndObject();
}

}  // namespace

Result<PublicKey> ParseJwk(json::Value jwk) {
  const auto algorithm = AlgorithmOf(jwk);
  const std::string_view named = TextOf(jwk, "alg");
  if (!algorithm || (!named.empty() && named != SignatureAlgorithmName(*algorithm))) {
    return Error(Code::kUnsupported, "key_unsupported",
                 "a key is not for ES256, RS256 or EdDSA with Ed25519");
  }
  switch (*algorithm) {
    case SignatureAlgorithm::kEs256:
      return PublicKey::FromNumbers({*algorithm, NumberOf(jwk, "x"), NumberOf(jwk, "y")});
    case SignatureAlgorithm::kRs256:
      return PublicKey::FromNumbers({*algorithm, NumberOf(jwk, "n"), NumberOf(jwk, "e")});
    case SignatureAlgorithm::kEdDsa:
      break;
  }
  return PublicKey::FromNumbers({*algorithm, NumberOf(jwk, "x"), ""});
}

Result<KeySet> KeySet::Parse(std::string_view text) {
  auto document = json::Document::Parse(text, kLimits);
  if (!document.ok()) {
    return InvalidArgument("jwks_invalid", "the key set is no JSON: " + document.error().message());
  }
  const json::Value list = document->root().Find("keys");
  if (!list || !list.IsArray() || list.size() > kKeysMax) {
    return InvalidArgument("jwks_invalid",
                           "the key set is no object with a list of up to 100 \"keys\"");
  }
  std::vector<KeySetEntry> keys;
  for (const json::Value jwk : list.Items()) {
    const std::string_view use = TextOf(jwk, "use");
    if (!use.empty() && use != "sig") continue;
    auto key = ParseJwk(jwk);
    if (key.ok()) keys.push_back({std::string(TextOf(jwk, "kid")), std::move(*key)});
  }
  return KeySet(std::move(keys));
}

const PublicKey* KeySet::Find(std::string_view id) const {
  if (id.empty()) return keys_.size() == 1 ? &keys_[0].key : nullptr;
  const PublicKey* found = nullptr;
  for (const KeySetEntry& entry : keys_) {
    if (entry.id != id) continue;
    if (found != nullptr) return nullptr;
    found = &entry.key;
  }
  return found;
}

std::string KeySet::Json() const {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Key("keys").BeginArray();
  for (const KeySetEntry& entry : keys_) WriteJwk(entry, writer);
  writer.EndArray().EndObject();
  return text;
}

}  // namespace gantry::auth
