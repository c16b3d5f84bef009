#include "base/json_string.h"

#include <array>

namespace gantry {
namespace {

unsigned char ByteAt(std::string_view text, size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// Bytes that stand for themselves inside a JSON string.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (size_t i = 0x20; i < 0x80; ++i) plain[i] = i != '"' && i != '\\';
  return plain;
}();

void AppendEscape(std::string& out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
  }
}

}  // namespace

size_t Utf8SequenceLength(std::string_view text) {
  const unsigned char first = ByteAt(text, 0);
  const unsigned char second = ByteAt(text, 1);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xc2 || first > 0xf4 || !IsContinuation(second)) return 0;
  if (first < 0xe0) return 2;
  if (first == 0xe0 && second < 0xa0) return 0;  // overlong
  if (first == 0xed && second > 0x9f) return 0;  // surrogates
  if (first == 0xf0 && second < 0x90) return 0;  // overlong
  if (first == 0xf4 && second > 0x8f) return 0;  // above U+10FFFF
  if (!IsContinuation(ByteAt(text, 2))) return 0;
  if (first < 0xf0) return 3;
  return IsContinuation(ByteAt(text, 3)) ? 4 : 0;
}

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0;
  size_t i = 0;
  while (i < text.size()) {
    const unsigned char byte = ByteAt(text, i);
    if (kPlain[byte]) {
      ++i;
      continue;
    }
    const size_t length = byte < 0x80 ? 0 : Utf8SequenceLength(text.substr(i));
    if (length != 0) {
      i += length;
      continue;
    }
    out.append(text, start, i - start);
    if (byte < 0x80) {
      AppendEscape(out, byte);
    } else {
      out += "\xef\xbf\xbd";
    }
    start = ++i;
  }
  out.append(text, start);
  out += '"';
}

}  // namespace gantry
