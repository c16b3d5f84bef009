#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gantry::crypto {

// SipHash-2-4 with 128 bits (Aumasson, Bernstein: "SipHash: a fast short-input PRF") under a secret
// key: for tables in memory whose keys are secrets or come from strangers. Nobody who does not have
// the key can find two texts with the same hash or say anything of a text by its hash; for short
// texts it takes a fraction of SHA-256's time. Not for anything that leaves the process.
// Threads: const methods from any thread.
class KeyedHash {
 public:
  using Key = std::array<uint8_t, 16>;
  using Value = std::array<uint64_t, 2>;

  // With a random key.
  KeyedHash();
  explicit KeyedHash(const Key& key);

  // Of both texts; the hash of ("ab", "c") is another than that of ("a", "bc").
  Value operator()(std::string_view first, std::string_view second) const;
  Value operator()(std::string_view text) const;

 private:
  uint64_t key_[2];
};

}  // namespace gantry::crypto
