#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gantry::json {

// Appends one JSON value to a string, without white space and without a tree in memory: commas,
// colons, quotes and escapes are its business, balanced Begin and End calls the caller's.
//   Writer(body).BeginObject().Key("name").String(name).Key("tags").BeginArray().EndArray().EndObject();
// Threads: one.
class Writer {
 public:
  // Appends to `out`, which outlives the writer.
  explicit Writer(std::string& out) : out_(out) {}

  Writer& BeginObject() { return Begin('{'); }
  Writer& EndObject() { return End('}'); }
  Writer& BeginArray() { return Begin('['); }
  Writer& EndArray() { return End(']'); }
  // REQUIRES: inside an object; a value follows.
  Writer& Key(std::string_view key);
  // What is not UTF-8 becomes U+FFFD.
  Writer& String(std::string_view text);
  Writer& Int(int64_t number);
  // What JSON cannot say (infinity, not a number) becomes null.
  Writer& Double(double number);
  Writer& Bool(bool value);
  Writer& Null();
  // A JSON value as it is. REQUIRES: `json` is one, checked before.
  Writer& Raw(std::string_view json);

 private:
  void Separate();
  Writer& Begin(char brace);
  Writer& End(char brace);
  Writer& Literal(std::string_view text);

  std::string& out_;
  bool comma_ = false;  // whether a value stands before, so that the next needs a comma
};

}  // namespace gantry::json
