#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/request.h"
#include "json/document.h"

namespace gantry::api::token {

// The parameters of an OAuth request: a form, or an object of JSON whose names Google writes in
// camel case. Borrows the request.
class Parameters {
 public:
  // invalid_argument/invalid_request: a parameter twice, no object of JSON.
  static Result<Parameters> Read(const http::Request& request);

  // By its name in a form, "grant_type"; "" when it is not there. Numbers of JSON as text.
  std::string Get(std::string_view name) const;

 private:
  Parameters(const http::Request& request, std::optional<json::Document> document)
      : request_(request), document_(std::move(document)) {}

  const http::Request& request_;
  std::optional<json::Document> document_;  // of JSON
};

}  // namespace gantry::api::token
