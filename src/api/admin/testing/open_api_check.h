#pragma once

#include <string>
#include <string_view>

#include "json/document.h"

namespace gantry::api::admin {

// Compares answers with openapi.json. Knows the part of JSON Schema that the file uses: type, enum,
// properties, required, additionalProperties, items, $ref; anything else in a schema that could
// refuse a value is a problem.
class OpenApiCheck {
 public:
  OpenApiCheck();

  json::Value paths() const { return document_.root().Find("paths"); }
  // What is wrong with an answer to an operation; "" when nothing is. `path` as in the file.
  std::string Problem(std::string_view path, std::string_view method, int status,
                      std::string_view body) const;
  // The operation; not there when the file has none.
  json::Value Operation(std::string_view path, std::string_view method) const;
  // "/users/{user}" of "/api/admin/v1/users/{user}" and of its form for any account; {x...} is {x}.
  static std::string PathOf(std::string_view pattern);

 private:
  json::Value Resolve(json::Value value) const;
  std::string Misfit(json::Value schema, json::Value value, const std::string& place) const;
  std::string ObjectMisfit(json::Value schema, json::Value value, const std::string& place) const;

  json::Document document_;
};

}  // namespace gantry::api::admin
