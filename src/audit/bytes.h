#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

// Numbers as the files of the log hold them: fixed ones little-endian, others as LEB128 varints.
namespace gantry::audit {

static_assert(std::endian::native == std::endian::little);

template <typename T>
void PutFixed(std::string& out, T value) {
  static_assert(std::is_integral_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// REQUIRES: offset + sizeof(T) <= bytes.size()
template <typename T>
T GetFixed(std::string_view bytes, size_t offset) {
  static_assert(std::is_integral_v<T>);
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

inline void PutVarint(std::string& out, uint64_t value) {
  char buffer[10];
  size_t size = 0;
  while (value >= 0x80) {
    buffer[size++] = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  buffer[size++] = static_cast<char>(value);
  out.append(buffer, size);
}

// Takes a varint off the front of `bytes`. False: there is none, or it is longer than 64 bits.
inline bool TakeVarint(std::string_view& bytes, uint64_t& value) {
  uint64_t result = 0;
  for (unsigned i = 0, shift = 0; i < bytes.size() && i < 10; ++i, shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes[i]);
    if (i == 9 && byte > 1) return false;
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      value = result;
      return true;
    }
  }
  return false;
}

// Small negative numbers become small varints.
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

}  // namespace gantry::audit
