#include "audit/term.h"

#include <cstring>

namespace gantry::audit {
namespace {

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;  // the golden ratio's digits

uint64_t Mix(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ kOdd) * (b ^ 0xd6e8feb86659fd93);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t Hash(uint64_t seed, std::string_view text) {
  uint64_t state = Mix(seed + 1, text.size());
  const char* at = text.data();
  size_t left = text.size();
  while (left >= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    state = Mix(state, word);
    at += 8;
    left -= 8;
  }
  uint64_t last = 0;
  if (left > 0) std::memcpy(&last, at, left);
  state = Mix(state, last + kOdd);
  return state == 0 ? 1 : state;  // 0 means "no term"
}

}  // namespace

uint64_t TermHash(Field field, std::string_view text) {
  return Hash(static_cast<uint64_t>(field), text);
}

uint64_t Checksum(std::string_view bytes) { return Hash(1000, bytes); }

uint64_t TermHash(Outcome outcome) { return Hash(100, OutcomeName(outcome)); }

}  // namespace gantry::audit
