#include "api/sts/errors.h"

#include <string>
#include <utility>

#include "api/sts/xml_writer.h"

namespace gantry::api::sts {
namespace {

struct Row {
  std::string_view reason;
  std::string_view code;
  int status;
};

constexpr Row kReasons[] = {
    {"action_invalid", "InvalidAction", 400},
    {"action_missing", "MissingAction", 400},
    {"claims_refused", "IDPRejectedClaim", 403},
    {"issuer_unreachable", "IDPCommunicationError", 400},
    {"signature_missing", "MissingAuthenticationToken", 403},
    {"signature_incomplete", "IncompleteSignature", 403},
    {"signature_expired", "SignatureDoesNotMatch", 403},
    {"signature_wrong", "SignatureDoesNotMatch", 403},
    {"payload_wrong", "SignatureDoesNotMatch", 403},
    {"web_token_expired", "ExpiredTokenException", 400},
    {"web_token_invalid", "InvalidIdentityToken", 400},
    {"token_expired", "ExpiredToken", 403},
    {"validation", "ValidationError", 400},
    {"target_invalid", "ValidationError", 400},
    {"lifetime_invalid", "ValidationError", 400},
};

Row RowOf(const Error& error) {
  for (const Row& row : kReasons)
    if (row.reason == error.reason()) return row;
  switch (error.code()) {
    case Code::kUnauthenticated:
      return {"", "InvalidClientTokenId", 403};
    case Code::kPermissionDenied:
      return {"", "AccessDenied", 403};
    case Code::kInvalidArgument:
    case Code::kTooLarge:
      return {"", "ValidationError", 400};
    case Code::kResourceExhausted:
      return {"", "Throttling", 400};
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
      return {"", "ServiceUnavailable", 503};
    default:
      return {"", "InternalFailure", 500};
  }
}

}  // namespace

http::Response RenderError(const Error& error, std::string_view request_id) {
  const Row row = RowOf(error);
  std::string body;
  XmlWriter xml(body);
  xml.Open("ErrorResponse", kNamespace);
  xml.Open("Error");
  xml.Element("Type", row.status < 500 ? "Sender" : "Receiver");
  xml.Element("Code", row.code);
  // What went wrong inside is for the log.
  xml.Element("Message",
              row.status == 500 ? "something went wrong in the registry" : error.message());
  xml.Close();
  xml.Element("RequestId", request_id);
  xml.Close();
  http::Response response;
  response.status = row.status;
  response.Add("Content-Type", "text/xml");
  response.Add("x-amzn-RequestId", request_id);
  response.body = std::move(body);
  return response;
}

}  // namespace gantry::api::sts
