#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/sign.h"
#include "json/document.h"

namespace gantry::auth {

// One key of a set; a set's key has the algorithm that its numbers and "alg" say.
struct KeySetEntry {
  std::string id;  // "kid"; "" when the set gives none
  crypto::PublicKey key;
};

// Public keys (RFC 7517). Immutable. Threads: any.
class KeySet {
 public:
  explicit KeySet(std::vector<KeySetEntry> keys) : keys_(std::move(keys)) {}

  // {"keys": […]}, at most 256 KiB and 100 keys. Keys of other types, algorithms or uses
  // ("use": "enc") are left out; so are broken ones. Errors: invalid_argument/jwks_invalid.
  static Result<KeySet> Parse(std::string_view text);

  // The key of that id. "": the only key of the set. nullptr: none, or not clear which.
  const crypto::PublicKey* Find(std::string_view id) const;
  const std::vector<KeySetEntry>& keys() const { return keys_; }

  // As Parse reads it, with "use": "sig".
  std::string Json() const;

 private:
  std::vector<KeySetEntry> keys_;
};

// One JWK of type EC (P-256), RSA or OKP (Ed25519); private parts are ignored.
// invalid_argument/key_invalid, unsupported/key_unsupported.
Result<crypto::PublicKey> ParseJwk(json::Value jwk);

}  // namespace gantry::auth
