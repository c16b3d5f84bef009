#include "api/admin/errors.h"

#include <string>
#include <utility>

#include "json/writer.h"

namespace gantry::api::admin {
namespace {

int StatusOf(const Error& error) {
  switch (error.code()) {
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
      return 400;
    case Code::kUnauthenticated:
      return 401;
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kFailedPrecondition:
    case Code::kConflict:
    case Code::kAlreadyExists:
      return 409;
    case Code::kTooLarge:
      return 413;
    case Code::kResourceExhausted:
      // Who asks too often, and not a disk that is full.
      return error.reason() == "locked_out" || error.reason() == "too_many_logins" ||
                     error.reason() == "rate_limited"
                 ? 429
                 : 503;
    case Code::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

http::Response RenderError(const Error& error) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("error").BeginObject();
  writer.Key("reason").String(error.reason()).Key("message").String(error.message());
  writer.Key("detail").BeginObject();
  for (const auto& [key, value] : error.detail()) writer.Key(key).String(value);
  writer.EndObject().EndObject().EndObject();
  http::Response response;
  response.status = StatusOf(error);
  response.Add("Content-Type", "application/json").Add("Cache-Control", "no-store");
  response.body = std::move(body);
  return response;
}

}  // namespace gantry::api::admin
