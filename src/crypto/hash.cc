#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/assert.h"

namespace gantry::crypto {
namespace {

// The implementation of an algorithm. EVP_sha256() alone makes every EVP_DigestInit look the
// implementation up again under a lock; fetched once, it is only reference-counted.
// Never freed: it lives as long as the library's own tables.
const EVP_MD* Implementation(HashAlgorithm algorithm) {
  static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const sha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  const EVP_MD* const md = algorithm == HashAlgorithm::kSha256 ? sha256 : sha512;
  GANTRY_ASSERT(md != nullptr);
  return md;
}

std::string HashOf(HashAlgorithm algorithm, std::string_view bytes) {
  Hasher hasher(algorithm);
  hasher.Update(bytes);
  return hasher.Finish();
}

}  // namespace

size_t HashSize(HashAlgorithm algorithm) { return algorithm == HashAlgorithm::kSha256 ? 32 : 64; }

void Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Hasher::Hasher(HashAlgorithm algorithm) : algorithm_(algorithm), context_(EVP_MD_CTX_new()) {
  Reset();
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&& other) noexcept = default;
Hasher& Hasher::operator=(Hasher&& other) noexcept = default;

void Hasher::Update(std::string_view bytes) {
  GANTRY_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Hasher::Finish() {
  std::string hash(HashSize(algorithm_), '\0');
  unsigned size = 0;
  GANTRY_ASSERT(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()),
                                   &size) == 1);
  GANTRY_ASSERT(size == hash.size());
  return hash;
}

void Hasher::Reset() {
  GANTRY_ASSERT(context_ != nullptr);
  GANTRY_ASSERT(EVP_DigestInit_ex2(context_.get(), Implementation(algorithm_), nullptr) == 1);
}

Hasher Hasher::Clone() const {
  Hasher copy(algorithm_);
  GANTRY_ASSERT(EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()) == 1);
  return copy;
}

std::string Sha256(std::string_view bytes) { return HashOf(HashAlgorithm::kSha256, bytes); }
std::string Sha512(std::string_view bytes) { return HashOf(HashAlgorithm::kSha512, bytes); }

std::string HmacSha256(std::string_view key, std::string_view message) {
  // FIPS 198-1: a key longer than a block is hashed first; the two pads are hashed with it.
  constexpr size_t kBlock = 64;
  std::string inner = key.size() > kBlock ? Sha256(key) : std::string(key);
  inner.resize(kBlock, '\0');
  std::string outer = inner;
  for (char& c : inner) c = static_cast<char>(c ^ 0x36);
  for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.Update(inner);
  hasher.Update(message);
  const std::string digest = hasher.Finish();
  hasher.Reset();
  hasher.Update(outer);
  hasher.Update(digest);
  OPENSSL_cleanse(inner.data(), inner.size());
  OPENSSL_cleanse(outer.data(), outer.size());
  return hasher.Finish();
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace gantry::crypto
