#include "api/admin/testing/open_api_check.h"

#include <algorithm>
#include <array>

#include "api/admin/api.h"

namespace gantry::api::admin {
namespace {

constexpr std::array<std::string_view, 11> kKnown = {
    "type",   "enum",        "properties", "required", "additionalProperties", "items", "$ref",
    "format", "description", "minimum",    "maximum"};
constexpr std::string_view kPrefix = "/api/admin/v1";
constexpr std::string_view kAccountPrefix = "/accounts/{account}/";

bool HasText(json::Value list, std::string_view text) {
  for (const json::Value item : list.Items())
    if (item.String() == text) return true;
  return false;
}

bool TypeFits(json::Value type, json::Value value) {
  if (!type) return true;
  return type.String() == json::NameOf(value.kind()) || HasText(type, json::NameOf(value.kind()));
}

bool EnumFits(json::Value list, json::Value value) {
  if (!list) return true;
  return value.String() ? HasText(list, *value.String()) : value.IsNull();
}

}  // namespace

OpenApiCheck::OpenApiCheck() : document_(json::Document::Parse(OpenApiText()).value()) {}

std::string OpenApiCheck::PathOf(std::string_view pattern) {
  std::string path(pattern.substr(std::min(kPrefix.size(), pattern.size())));
  if (const size_t dots = path.find("...}"); dots != std::string::npos) path.erase(dots, 3);
  if (path.starts_with(kAccountPrefix)) path = path.substr(kAccountPrefix.size() - 1);
  return path;
}

json::Value OpenApiCheck::Operation(std::string_view path, std::string_view method) const {
  const json::Value item = paths().Find(path);
  return item ? item.Find(method) : json::Value();
}

json::Value OpenApiCheck::Resolve(json::Value value) const {
  const json::Value reference = value ? value.Find("$ref") : json::Value();
  if (!reference) return value;
  std::string_view rest = reference.String()->substr(2);  // behind "#/"
  json::Value found = document_.root();
  while (!rest.empty() && found) {
    const size_t slash = std::min(rest.find('/'), rest.size());
    found = found.Find(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return found;
}

std::string OpenApiCheck::ObjectMisfit(json::Value schema, json::Value value,
                                       const std::string& place) const {
  if (const json::Value required = schema.Find("required")) {
    for (const json::Value name : required.Items())
      if (!value.Find(*name.String())) return place + " lacks " + std::string(*name.String());
  }
  const json::Value properties = schema.Find("properties");
  const json::Value more = schema.Find("additionalProperties");
  for (const auto [key, member] : value.Members()) {
    json::Value of_member = properties ? properties.Find(key) : json::Value();
    if (!of_member && more && more.Bool() == false)
      return place + " has the unknown " + std::string(key);
    if (!of_member && more && more.IsObject()) of_member = more;
    if (!of_member) continue;
    std::string problem = Misfit(of_member, member, place + "." + std::string(key));
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string OpenApiCheck::Misfit(json::Value schema, json::Value value,
                                 const std::string& place) const {
  schema = Resolve(schema);
  if (!schema) return place + " has a schema that is not there";
  for (const auto [key, member] : schema.Members())
    if (std::find(kKnown.begin(), kKnown.end(), key) == kKnown.end())
      return place + " has a schema with " + std::string(key);
  if (!TypeFits(schema.Find("type"), value)) return place + " is of another type";
  if (!EnumFits(schema.Find("enum"), value)) return place + " has a value that is not listed";
  if (value.IsObject()) return ObjectMisfit(schema, value, place);
  const json::Value items = schema.Find("items");
  for (const json::Value item : value.Items()) {
    std::string problem = items ? Misfit(items, item, place + "[]") : "";
    if (!problem.empty()) return problem;
  }
  return "";
}

std::string OpenApiCheck::Problem(std::string_view path, std::string_view method, int status,
                                  std::string_view body) const {
  const json::Value operation = Operation(path, method);
  if (!operation) return "no such operation";
  const json::Value responses = operation.Find("responses");
  json::Value response = responses.Find(std::to_string(status));
  if (!response && status >= 400) response = responses.Find("default");
  if (!response) return "status " + std::to_string(status) + " is not described";
  const json::Value content = Resolve(response).Find("content");
  if (!content) return body.empty() ? "" : "a body where none is described";
  const auto document = json::Document::Parse(body);
  if (!document.ok()) return document.error().message();
  return Misfit(content.Find("application/json").Find("schema"), document->root(), "answer");
}

}  // namespace gantry::api::admin
