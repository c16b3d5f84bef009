#include "crypto/sign.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>

#include "base/assert.h"

namespace gantry::crypto {
namespace {

constexpr size_t kCoordinateBytes = 32;  // of P-256 and Ed25519
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr size_t kRsaExponentBytesMax = 8;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Error KeyInvalid(const std::string& why) {
  return InvalidArgument("key_invalid", "the key is not usable: " + why);
}

// A key from the parameters that `fill` adds; nullptr when OpenSSL refuses them.
template <typename Fill>
Pkey KeyFrom(const char* type, Fill fill) {
  const Builder builder(OSSL_PARAM_BLD_new());
  GANTRY_ASSERT(builder != nullptr && fill(builder.get()));
  const Parameters parameters(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  GANTRY_ASSERT(parameters != nullptr && context != nullptr);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

Result<Pkey> EcKey(const PublicNumbers& numbers) {
  if (numbers.first.size() != kCoordinateBytes || numbers.second.size() != kCoordinateBytes) {
    return KeyInvalid("coordinates of P-256 have 32 bytes each");
  }
  const std::string point = "\x04" + numbers.first + numbers.second;
  Pkey key = KeyFrom("EC", [&](OSSL_PARAM_BLD* builder) {
    return OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
           OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                            point.size());
  });
  if (key == nullptr) return KeyInvalid("it is no point of P-256");
  return key;
}

Result<Pkey> RsaKey(const PublicNumbers& numbers) {
  const std::string& exponent = numbers.second;
  if (numbers.first.size() * 8 > kRsaBitsMax + 8 || exponent.size() > kRsaExponentBytesMax) {
    return KeyInvalid("an RSA key has at most 8,192 bits, its exponent at most 8 bytes");
  }
  const Number n(BN_bin2bn(Raw(numbers.first), static_cast<int>(numbers.first.size()), nullptr));
  const Number e(BN_bin2bn(Raw(exponent), static_cast<int>(exponent.size()), nullptr));
  GANTRY_ASSERT(n != nullptr && e != nullptr);
  const int bits = BN_num_bits(n.get());
  if (bits < kRsaBitsMin || bits > kRsaBitsMax) {
    return KeyInvalid("an RSA key has 2,048 to 8,192 bits, this one " + std::to_string(bits));
  }
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get())) {
    return KeyInvalid("modulus and exponent of an RSA key are odd, the exponent is not 1");
  }
  Pkey key = KeyFrom("RSA", [&](OSSL_PARAM_BLD* builder) {
    return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n.get()) &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e.get());
  });
  if (key == nullptr) return KeyInvalid("OpenSSL refuses it");
  return key;
}

Result<Pkey> EdKey(const PublicNumbers& numbers) {
  if (numbers.first.size() != kCoordinateBytes || !numbers.second.empty()) {
    return KeyInvalid("an Ed25519 key has 32 bytes");
  }
  Pkey key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Raw(numbers.first),
                                       numbers.first.size()));
  if (key == nullptr) return KeyInvalid("OpenSSL refuses it");
  return key;
}

std::string NumberOf(const EVP_PKEY* key, const char* name, size_t size) {
  BIGNUM* raw = nullptr;
  GANTRY_ASSERT(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const Number number(raw);
  std::string bytes(std::max(size, static_cast<size_t>(BN_num_bytes(raw))), '\0');
  GANTRY_ASSERT(BN_bn2binpad(raw, Raw(bytes), static_cast<int>(bytes.size())) ==
                static_cast<int>(bytes.size()));
  return bytes;
}

// DER of an ECDSA signature, from and to r || s.
std::string ToDer(std::string_view raw) {
  const EcdsaSignature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(Raw(raw), kCoordinateBytes, nullptr);
  BIGNUM* s = BN_bin2bn(Raw(raw) + kCoordinateBytes, kCoordinateBytes, nullptr);
  GANTRY_ASSERT(signature != nullptr && ECDSA_SIG_set0(signature.get(), r, s) == 1);
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  GANTRY_ASSERT(size > 0);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string FromDerSignature(std::string_view der) {
  const unsigned char* at = Raw(der);
  const EcdsaSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  GANTRY_ASSERT(signature != nullptr);
  std::string raw(2 * kCoordinateBytes, '\0');
  constexpr int kSize = static_cast<int>(kCoordinateBytes);
  GANTRY_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), Raw(raw), kSize) == kSize);
  GANTRY_ASSERT(
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), Raw(raw) + kCoordinateBytes, kSize) == kSize);
  return raw;
}

// Ed25519 hashes by itself.
const char* DigestName(SignatureAlgorithm algorithm) {
  return algorithm == SignatureAlgorithm::kEdDsa ? nullptr : "SHA256";
}

}  // namespace

std::string_view SignatureAlgorithmName(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kEs256:
      return "ES256";
    case SignatureAlgorithm::kRs256:
      return "RS256";
    case SignatureAlgorithm::kEdDsa:
      return "EdDSA";
  }
  return {};
}

void PkeyDelete::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

Result<PublicKey> PublicKey::FromNumbers(const PublicNumbers& numbers) {
  switch (numbers.algorithm) {
    case SignatureAlgorithm::kEs256: {
      TRY_ASSIGN(Pkey key, EcKey(numbers));
      return PublicKey(numbers.algorithm, std::move(key));
    }
    case SignatureAlgorithm::kRs256: {
      TRY_ASSIGN(Pkey key, RsaKey(numbers));
      return PublicKey(numbers.algorithm, std::move(key));
    }
    case SignatureAlgorithm::kEdDsa: {
      TRY_ASSIGN(Pkey key, EdKey(numbers));
      return PublicKey(numbers.algorithm, std::move(key));
    }
  }
  return KeyInvalid("it has no algorithm");
}

PublicNumbers PublicKey::Numbers() const {
  PublicNumbers numbers;
  numbers.algorithm = algorithm_;
  switch (algorithm_) {
    case SignatureAlgorithm::kEs256:
      numbers.first = NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_X, kCoordinateBytes);
      numbers.second = NumberOf(key_.get(), OSSL_PKEY_PARAM_EC_PUB_Y, kCoordinateBytes);
      break;
    case SignatureAlgorithm::kRs256:
      numbers.first = NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_N, 0);
      numbers.second = NumberOf(key_.get(), OSSL_PKEY_PARAM_RSA_E, 0);
      break;
    case SignatureAlgorithm::kEdDsa: {
      size_t size = kCoordinateBytes;
      numbers.first.resize(size);
      GANTRY_ASSERT(EVP_PKEY_get_raw_public_key(key_.get(), Raw(numbers.first), &size) == 1);
      break;
    }
  }
  return numbers;
}

bool PublicKey::Verify(std::string_view message, std::string_view signature) const {
  const Digest digest(EVP_MD_CTX_new());
  GANTRY_ASSERT(digest != nullptr &&
                EVP_DigestVerifyInit_ex(digest.get(), nullptr, DigestName(algorithm_), nullptr,
                                        nullptr, key_.get(), nullptr) == 1);
  std::string bytes(signature);
  if (algorithm_ == SignatureAlgorithm::kEs256) {
    if (signature.size() != 2 * kCoordinateBytes) return false;
    bytes = ToDer(signature);
  }
  return EVP_DigestVerify(digest.get(), Raw(bytes), bytes.size(), Raw(message), message.size()) ==
         1;
}

PrivateKey PrivateKey::Generate(SignatureAlgorithm algorithm) {
  EVP_PKEY* key = nullptr;
  switch (algorithm) {
    case SignatureAlgorithm::kEs256:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
      break;
    case SignatureAlgorithm::kRs256:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<size_t>(kRsaBitsMin));
      break;
    case SignatureAlgorithm::kEdDsa:
      key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
      break;
  }
  GANTRY_ASSERT(key != nullptr);
  return {algorithm, Pkey(key)};
}

Result<PrivateKey> PrivateKey::FromDer(std::string_view der) {
  const unsigned char* at = Raw(der);
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>> info(
      d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
  if (info == nullptr || at != Raw(der) + der.size()) return KeyInvalid("it is no PKCS #8");
  Pkey key(EVP_PKCS82PKEY(info.get()));
  if (key == nullptr) return KeyInvalid("OpenSSL refuses it");
  char group[32] = "";
  EVP_PKEY_get_group_name(key.get(), group, sizeof(group), nullptr);  // none of other types
  if (EVP_PKEY_is_a(key.get(), "EC") == 1 && std::string_view(group) == "prime256v1") {
    return PrivateKey(SignatureAlgorithm::kEs256, std::move(key));
  }
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1 && EVP_PKEY_get_bits(key.get()) >= kRsaBitsMin) {
    return PrivateKey(SignatureAlgorithm::kRs256, std::move(key));
  }
  if (EVP_PKEY_is_a(key.get(), "ED25519") == 1) {
    return PrivateKey(SignatureAlgorithm::kEdDsa, std::move(key));
  }
  return KeyInvalid("it is for none of ES256, RS256 and EdDSA");
}

std::string PrivateKey::Sign(std::string_view message) const {
  const Digest digest(EVP_MD_CTX_new());
  GANTRY_ASSERT(digest != nullptr &&
                EVP_DigestSignInit_ex(digest.get(), nullptr, DigestName(algorithm_), nullptr,
                                      nullptr, key_.get(), nullptr) == 1);
  size_t size = static_cast<size_t>(EVP_PKEY_get_size(key_.get()));
  std::string signature(size, '\0');
  GANTRY_ASSERT(EVP_DigestSign(digest.get(), Raw(signature), &size, Raw(message), message.size()) ==
                1);
  signature.resize(size);
  return algorithm_ == SignatureAlgorithm::kEs256 ? FromDerSignature(signature) : signature;
}

PublicKey PrivateKey::Public() const {
  // The public half alone, so that no private key travels with what is given away.
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &bytes);
  GANTRY_ASSERT(size > 0);
  const unsigned char* at = bytes;
  Pkey key(d2i_PUBKEY(nullptr, &at, size));
  OPENSSL_free(bytes);
  GANTRY_ASSERT(key != nullptr);
  return {algorithm_, std::move(key)};
}

std::string PrivateKey::Der() const {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>> info(
      EVP_PKEY2PKCS8(key_.get()));
  GANTRY_ASSERT(info != nullptr);
  unsigned char* bytes = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &bytes);
  GANTRY_ASSERT(size > 0);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
  OPENSSL_clear_free(bytes, static_cast<size_t>(size));
  return der;
}

}  // namespace gantry::crypto
