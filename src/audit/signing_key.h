#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/sign.h"
#include "io/file_system.h"

namespace gantry::audit {

// The Ed25519 key that signs a log. Threads: const methods from any thread.
class SigningKey {
 public:
  // From the file key.pem (PKCS #8 as OpenSSL writes it, not encrypted).
  // not_found/audit_key_missing; corruption/audit_key_invalid when it is anything else.
  static Result<SigningKey> Load(io::FileSystem& fs);
  // Makes key.pem, readable by its owner only, when it is absent.
  static Result<SigningKey> LoadOrCreate(io::FileSystem& fs);

  std::string Sign(std::string_view message) const { return key_.Sign(message); }
  // 32 raw bytes.
  std::string PublicKey() const { return key_.Public().Numbers().first; }

 private:
  explicit SigningKey(crypto::PrivateKey key) : key_(std::move(key)) {}
  crypto::PrivateKey key_;
};

// Whether the key with these 32 raw bytes made `signature`; false also for a key that is none.
bool IsSignedBy(std::string_view public_key, std::string_view message, std::string_view signature);

}  // namespace gantry::audit
