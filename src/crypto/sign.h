#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;

// Signatures as JSON Web Signatures use them (RFC 7518, RFC 8037): ES256 is 64 bytes r || s, RS256
// PKCS #1 v1.5 with SHA-256, EdDSA Ed25519.
namespace gantry::crypto {

enum class SignatureAlgorithm { kEs256, kRs256, kEdDsa };

// "ES256", "RS256", "EdDSA"
std::string_view SignatureAlgorithmName(SignatureAlgorithm algorithm);

// The numbers of a public key as a JWK has them, raw bytes, big-endian.
struct PublicNumbers {
  SignatureAlgorithm algorithm = SignatureAlgorithm::kEs256;
  std::string first;   // ES256: x (32 bytes). RS256: n. EdDSA: x (32 bytes).
  std::string second;  // ES256: y (32 bytes). RS256: e. EdDSA: "".
};

struct PkeyDelete {
  void operator()(evp_pkey_st* key) const;
};
using Pkey = std::unique_ptr<evp_pkey_st, PkeyDelete>;

// A key that checks signatures; its algorithm belongs to it. Threads: const methods from any
// thread.
class PublicKey {
 public:
  // invalid_argument/key_invalid: no point of the curve, RSA of less than 2,048 or more than 8,192
  // bits, an exponent that is even, 1, or longer than 8 bytes, wrong lengths.
  static Result<PublicKey> FromNumbers(const PublicNumbers& numbers);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  PublicNumbers Numbers() const;
  bool Verify(std::string_view message, std::string_view signature) const;

 private:
  friend class PrivateKey;
  PublicKey(SignatureAlgorithm algorithm, Pkey key) : algorithm_(algorithm), key_(std::move(key)) {}
  SignatureAlgorithm algorithm_;
  Pkey key_;
};

// A key that signs. Threads: const methods from any thread.
class PrivateKey {
 public:
  // A new one; RS256 with 2,048 bits.
  static PrivateKey Generate(SignatureAlgorithm algorithm);
  // PKCS #8, DER. invalid_argument/key_invalid.
  static Result<PrivateKey> FromDer(std::string_view der);

  SignatureAlgorithm algorithm() const { return algorithm_; }
  std::string Sign(std::string_view message) const;
  PublicKey Public() const;
  // PKCS #8, DER: a secret.
  std::string Der() const;

 private:
  PrivateKey(SignatureAlgorithm algorithm, Pkey key)
      : algorithm_(algorithm), key_(std::move(key)) {}
  SignatureAlgorithm algorithm_;
  Pkey key_;
};

}  // namespace gantry::crypto
