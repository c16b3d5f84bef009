#include "cli/answer.h"

namespace gantry::cli {

int64_t IntOf(json::Value object, const char* key) {
  const json::Value value = object.Find(key);
  return value ? value.Int().value_or(0) : 0;
}

bool BoolOf(json::Value object, const char* key) {
  const json::Value value = object.Find(key);
  return value && value.Bool().value_or(false);
}

std::string StringOf(json::Value object, const char* key) {
  const json::Value value = object.Find(key);
  return value ? std::string(value.String().value_or("")) : "";
}

json::Items ItemsOf(json::Value object, const char* key) {
  const json::Value value = object.Find(key);
  return value ? value.Items() : json::Items(nullptr, nullptr);
}

}  // namespace gantry::cli
