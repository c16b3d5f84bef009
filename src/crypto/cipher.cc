#include "crypto/cipher.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>

#include "base/assert.h"
#include "crypto/random.h"

namespace gantry::crypto {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

struct CipherDelete {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherDelete>;

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

// A cipher that has taken key, nonce and context.
Cipher Begin(std::string_view key, std::string_view nonce, std::string_view context, bool encrypt) {
  GANTRY_ASSERT(key.size() == kKeyBytes && nonce.size() == kNonceBytes);
  Cipher cipher(EVP_CIPHER_CTX_new());
  GANTRY_ASSERT(cipher != nullptr);
  GANTRY_ASSERT(EVP_CipherInit_ex2(cipher.get(), EVP_aes_256_gcm(), Raw(key), Raw(nonce),
                                   encrypt ? 1 : 0, nullptr) == 1);
  int size = 0;
  GANTRY_ASSERT(EVP_CipherUpdate(cipher.get(), nullptr, &size, Raw(context),
                                 static_cast<int>(context.size())) == 1);
  return cipher;
}

}  // namespace

std::string Encrypt(std::string_view key, std::string_view context, std::string_view plain) {
  std::string sealed = RandomBytes(kNonceBytes);
  const Cipher cipher = Begin(key, sealed, context, /*encrypt=*/true);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  int size = 0;
  GANTRY_ASSERT(EVP_CipherUpdate(cipher.get(), Raw(sealed) + kNonceBytes, &size, Raw(plain),
                                 static_cast<int>(plain.size())) == 1);
  unsigned char* const tag = Raw(sealed) + kNonceBytes + plain.size();
  GANTRY_ASSERT(EVP_CipherFinal_ex(cipher.get(), tag, &size) == 1);
  GANTRY_ASSERT(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_GET_TAG,
                                    static_cast<int>(kTagBytes), tag) == 1);
  return sealed;
}

std::optional<std::string> Decrypt(std::string_view key, std::string_view context,
                                   std::string_view sealed) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const Cipher cipher = Begin(key, sealed.substr(0, kNonceBytes), context, /*encrypt=*/false);
  const std::string_view body = sealed.substr(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  std::string plain(body.size(), '\0');
  int size = 0;
  GANTRY_ASSERT(EVP_CipherUpdate(cipher.get(), Raw(plain), &size, Raw(body),
                                 static_cast<int>(body.size())) == 1);
  GANTRY_ASSERT(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_AEAD_SET_TAG,
                                    static_cast<int>(kTagBytes), tag.data()) == 1);
  unsigned char rest[kTagBytes];
  if (EVP_CipherFinal_ex(cipher.get(), rest, &size) == 1) return plain;
  Erase(plain);
  return std::nullopt;
}

void Erase(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace gantry::crypto
