#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace gantry::crypto {

enum class HashAlgorithm { kSha256, kSha512 };

// Bytes of a raw hash: 32 or 64.
size_t HashSize(HashAlgorithm algorithm);

// A running hash (FIPS 180-4, by OpenSSL: SHA-NI where the processor has it).
// Threads: one at a time.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  ~Hasher();
  Hasher(Hasher&& other) noexcept;
  Hasher& operator=(Hasher&& other) noexcept;

  HashAlgorithm algorithm() const { return algorithm_; }
  void Update(std::string_view bytes);
  // The raw hash of everything since the construction or the last Reset. Ends the hash: only Reset
  // or destruction may follow.
  std::string Finish();
  // Begins anew.
  void Reset();
  // A second hasher in the same state; both go on independently.
  // REQUIRES: not finished.
  Hasher Clone() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  HashAlgorithm algorithm_;
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// Raw hashes of `bytes`, 32 and 64 bytes.
std::string Sha256(std::string_view bytes);
std::string Sha512(std::string_view bytes);

// RFC 2104 over SHA-256; 32 raw bytes. Any length of key, empty included.
std::string HmacSha256(std::string_view key, std::string_view message);

// Whether both are the same bytes, in a time that depends on their lengths only.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

}  // namespace gantry::crypto
