#include "api/token/parameters.h"

#include <utility>

namespace gantry::api::token {
namespace {

constexpr const char* kNames[] = {"grant_type",    "audience",           "scope",
                                  "subject_token", "subject_token_type", "requested_token_type",
                                  "actor_token",   "expires_in",         "token"};

std::string CamelCase(std::string_view name) {
  std::string camel;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '_')
      camel += name[i];
    else if (++i < name.size())
      camel += static_cast<char>(name[i] - 'a' + 'A');
  }
  return camel;
}

bool IsJson(const http::Request& request) {
  return request.Header("Content-Type").value_or("").starts_with("application/json");
}

}  // namespace

Result<Parameters> Parameters::Read(const http::Request& request) {
  if (IsJson(request)) {
    auto document = json::Document::Parse(request.body, {.depth_max = 8, .values_max = 200});
    if (!document.ok() || !document->root().IsObject())
      return InvalidArgument("invalid_request", "the body is not an object of JSON");
    return Parameters(request, *std::move(document));
  }
  for (const char* name : kNames) {
    if (request.FormAll(name).size() > 1) {  // RFC 6749, 3.2
      return InvalidArgument("invalid_request", std::string(name) + " is given more than once");
    }
  }
  return Parameters(request, std::nullopt);
}

std::string Parameters::Get(std::string_view name) const {
  if (!document_) return request_.Form(name).value_or("");
  json::Value value = document_->root().Find(CamelCase(name));
  if (!value) value = document_->root().Find(name);
  if (!value) return "";
  if (const auto text = value.String()) return std::string(*text);
  const auto number = value.Int();
  return number ? std::to_string(*number) : "";
}

}  // namespace gantry::api::token
