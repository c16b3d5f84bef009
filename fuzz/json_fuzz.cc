// A document that is read, written and read again says the same; values never leave the document.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "json/document.h"
#include "json/writer.h"

namespace {

using gantry::json::Document;
using gantry::json::Kind;
using gantry::json::Value;
using gantry::json::Writer;

void Write(Value value, Writer& writer) {
  switch (value.kind()) {
    case Kind::kNull:
      writer.Null();
      return;
    case Kind::kBool:
      writer.Bool(*value.Bool());
      return;
    case Kind::kInt:
      writer.Int(*value.Int());
      return;
    case Kind::kDouble:
      writer.Double(*value.Double());
      return;
    case Kind::kString:
      writer.String(*value.String());
      return;
    case Kind::kArray: {
      writer.BeginArray();
      size_t items = 0;
      for (const Value item : value.Items()) {
        Write(item, writer);
        ++items;
      }
      GANTRY_ASSERT(items == value.size());
      writer.EndArray();
      return;
    }
    case Kind::kObject: {
      writer.BeginObject();
      size_t members = 0;
      for (const auto member : value.Members()) {
        // Keys are unique, so that finding one finds this one.
        GANTRY_ASSERT(value.Find(member.key));
        writer.Key(member.key);
        Write(member.value, writer);
        ++members;
      }
      GANTRY_ASSERT(members == value.size());
      writer.EndObject();
      return;
    }
  }
}

std::string Written(const Document& document) {
  std::string text;
  Writer writer(text);
  Write(document.root(), writer);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto document = Document::Parse(text, {1 << 20, 32, 10'000});
  if (!document.ok()) {
    GANTRY_ASSERT(document.error().message().size() < 200);
    return 0;
  }
  const std::string once = Written(*document);
  const auto again = Document::Parse(once);
  GANTRY_ASSERT(again.ok());
  const auto third = Document::Parse(Written(*again));
  GANTRY_ASSERT(third.ok());
  // From the second time on numbers stand in their shortest form.
  GANTRY_ASSERT(Written(*third) == Written(*again));
  return 0;
}
