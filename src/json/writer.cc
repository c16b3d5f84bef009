#include "json/writer.h"

#include <charconv>
#include <cmath>

#include "base/json_string.h"

namespace gantry::json {

Writer& Writer::Key(std::string_view key) {
  Separate();
  AppendJsonString(out_, key);
  out_ += ':';
  comma_ = false;
  return *this;
}

Writer& Writer::String(std::string_view text) {
  Separate();
  AppendJsonString(out_, text);
  return *this;
}

Writer& Writer::Int(int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return Literal(std::string_view(digits, static_cast<size_t>(end - digits)));
}

Writer& Writer::Double(double number) {
  if (!std::isfinite(number)) return Null();
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return Literal(std::string_view(digits, static_cast<size_t>(end - digits)));
}

Writer& Writer::Bool(bool value) { return Literal(value ? "true" : "false"); }
Writer& Writer::Null() { return Literal("null"); }
Writer& Writer::Raw(std::string_view json) { return Literal(json); }

void Writer::Separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

Writer& Writer::Begin(char brace) {
  Separate();
  out_ += brace;
  comma_ = false;
  return *this;
}

Writer& Writer::End(char brace) {
  out_ += brace;
  comma_ = true;
  return *this;
}

Writer& Writer::Literal(std::string_view text) {
  Separate();
  out_ += text;
  return *this;
}

}  // namespace gantry::json
