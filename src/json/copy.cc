#include "json/copy.h"

namespace gantry::json {

void WriteValue(Writer& writer, Value value) {
  switch (value.kind()) {
    case Kind::kNull:
      writer.Null();
      break;
    case Kind::kBool:
      writer.Bool(*value.Bool());
      break;
    case Kind::kInt:
      writer.Int(*value.Int());
      break;
    case Kind::kDouble:
      writer.Double(*value.Double());
      break;
    case Kind::kString:
      writer.String(*value.String());
      break;
    case Kind::kArray:
      writer.BeginArray();
      for (const Value item : value.Items()) WriteValue(writer, item);
      writer.EndArray();
      break;
    case Kind::kObject:
      writer.BeginObject();
      for (const auto [key, member] : value.Members()) {
        writer.Key(key);
        WriteValue(writer, member);
      }
      writer.EndObject();
      break;
  }
}

}  // namespace gantry::json
