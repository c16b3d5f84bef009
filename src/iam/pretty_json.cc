#include "iam/pretty_json.h"

#include "json/writer.h"

namespace gantry::iam {
namespace {

void Append(json::Value value, size_t level, std::string& out) {
  switch (value.kind()) {
    case json::Kind::kNull:
      json::Writer(out).Null();
      return;
    case json::Kind::kBool:
      json::Writer(out).Bool(*value.Bool());
      return;
    case json::Kind::kInt:
      json::Writer(out).Int(*value.Int());
      return;
    case json::Kind::kDouble:
      json::Writer(out).Double(*value.Double());
      return;
    case json::Kind::kString:
      json::Writer(out).String(*value.String());
      return;
    case json::Kind::kArray: {
      const char* separator = "[ ";
      for (const json::Value item : value.Items()) {
        out += separator;
        Append(item, level, out);
        separator = ", ";
      }
      out += value.size() == 0 ? "[ ]" : " ]";
      return;
    }
    case json::Kind::kObject:
      break;
  }
  const char* separator = "{\n";
  for (const auto [key, member] : value.Members()) {
    out += separator;
    out.append(2 * level + 2, ' ');
    json::Writer(out).String(key);
    out += " : ";
    Append(member, level + 1, out);
    separator = ",\n";
  }
  if (value.size() == 0) {
    out += "{ }";
    return;
  }
  out += '\n';
  out.append(2 * level, ' ');
  out += '}';
}

}  // namespace

std::string PrettyJson(json::Value value) {
  std::string out;
  Append(value, 0, out);
  return out;
}

}  // namespace gantry::iam
