#include "crypto/keyed_hash.h"

#include <bit>
#include <cstring>
#include <string>

#include "crypto/random.h"

namespace gantry::crypto {
namespace {

static_assert(std::endian::native == std::endian::little);

uint64_t LoadWord(const void* bytes) {
  uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

KeyedHash::Key RandomKey() {
  const std::string bytes = RandomBytes(sizeof(KeyedHash::Key));
  KeyedHash::Key key{};
  std::memcpy(key.data(), bytes.data(), key.size());
  return key;
}

// The four words of state, as the paper names them.
struct State {
  uint64_t v0;
  uint64_t v1;
  uint64_t v2;
  uint64_t v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Take(uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
  uint64_t Finish() {
    for (int i = 0; i < 4; ++i) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

KeyedHash::KeyedHash() : KeyedHash(RandomKey()) {}

KeyedHash::KeyedHash(const Key& key) : key_{LoadWord(key.data()), LoadWord(key.data() + 8)} {}

KeyedHash::Value KeyedHash::operator()(std::string_view text) const {
  State state{key_[0] ^ 0x736f6d6570736575, key_[1] ^ 0x646f72616e646f6d ^ 0xee,
              key_[0] ^ 0x6c7967656e657261, key_[1] ^ 0x7465646279746573};
  const uint64_t size = text.size();
  for (; text.size() >= 8; text.remove_prefix(8)) state.Take(LoadWord(text.data()));
  uint64_t last = size << 56;
  if (!text.empty()) {
    uint64_t rest = 0;
    std::memcpy(&rest, text.data(), text.size());
    last |= rest;
  }
  state.Take(last);
  state.v2 ^= 0xee;
  const uint64_t first = state.Finish();
  state.v1 ^= 0xdd;
  return {first, state.Finish()};
}

KeyedHash::Value KeyedHash::operator()(std::string_view first, std::string_view second) const {
  // Under a key that the first text gives: as good as random to whoever has not ours.
  const Value derived = (*this)(first);
  KeyedHash inner = *this;
  inner.key_[0] = derived[0];
  inner.key_[1] = derived[1];
  return inner(second);
}

}  // namespace gantry::crypto
