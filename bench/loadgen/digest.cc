#include "digest.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace loadgen {
namespace {

void Check(int ok) {
  if (ok == 1) return;
  std::fputs("gantry-loadgen: SHA-256 failed in libcrypto\n", stderr);
  std::abort();
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Check(context_ != nullptr ? 1 : 0);
  Check(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr));
}

Sha256::~Sha256() { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context_)); }

void Sha256::Update(const char* data, size_t size_bytes) {
  Check(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_), data, size_bytes));
}

std::string Sha256::FinishDigest() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> raw{};
  unsigned int size = 0;
  Check(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_), raw.data(), &size));
  Check(EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_), EVP_sha256(), nullptr));
  static constexpr char kHex[] = "0123456789abcdef";
  std::string digest = "sha256:";
  for (unsigned int i = 0; i < size; ++i) {
    digest.push_back(kHex[raw[i] >> 4]);
    digest.push_back(kHex[raw[i] & 15]);
  }
  return digest;
}

}  // namespace loadgen
