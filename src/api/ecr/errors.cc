#include "api/ecr/errors.h"

#include <string>
#include <utility>

#include "json/writer.h"

namespace gantry::api::ecr {
namespace {

struct Row {
  std::string_view reason;
  std::string_view exception;
  int status;
};

constexpr Row kReasons[] = {
    {"account_unknown", "UnrecognizedClientException", 403},
    {"body_invalid", "SerializationException", 400},
    {"operation_unknown", "UnknownOperationException", 404},
    {"payload_wrong", "InvalidSignatureException", 403},
    {"signature_expired", "InvalidSignatureException", 403},
    {"signature_incomplete", "IncompleteSignatureException", 403},
    {"signature_missing", "MissingAuthenticationTokenException", 403},
    {"signature_wrong", "InvalidSignatureException", 403},
    {"token_expired", "ExpiredTokenException", 403},
};

// Of reasons that are not in the table.
Row RowOf(const Error& error) {
  for (const Row& row : kReasons)
    if (row.reason == error.reason()) return row;
  switch (error.code()) {
    case Code::kUnauthenticated:
      return {"", "UnrecognizedClientException", 403};
    case Code::kPermissionDenied:
      return {"", "AccessDeniedException", 403};
    case Code::kInvalidArgument:
    case Code::kOutOfRange:
      return {"", "InvalidParameterException", 400};
    case Code::kTooLarge:
      return {"", "SerializationException", 400};
    case Code::kResourceExhausted:
      return {"", "ThrottlingException", 400};
    default:
      return {"", "ServerException", 500};
  }
}

}  // namespace

http::Response RenderError(const Error& error, std::string_view request_id) {
  const Row row = RowOf(error);
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("__type").String(row.exception);
  // What went wrong inside is for the log.
  writer.Key("message").String(row.status == 500 ? "something went wrong in the registry"
                                                 : error.message());
  writer.EndObject();
  http::Response response;
  response.status = row.status;
  response.Add("Content-Type", "application/x-amz-json-1.1");
  response.Add("x-amzn-RequestId", request_id);
  response.body = std::move(body);
  return response;
}

}  // namespace gantry::api::ecr
