#include "api/oci/errors.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "api/oci/request.h"
#include "json/writer.h"

namespace gantry::api::oci {
namespace {

struct ErrorRow {
  std::string_view reason;
  std::string_view code;
  int status;
};

// Reasons the registry gives, sorted. A reason that is not here takes its status from kCodes.
constexpr ErrorRow kReasons[] = {
    {"blob_referenced", "BLOB_REFERENCED", 409},
    {"blob_unknown", "BLOB_UNKNOWN", 404},
    {"child_manifest_unknown", "MANIFEST_UNKNOWN", 400},
    {"digest_invalid", "DIGEST_INVALID", 400},
    {"digest_unsupported", "DIGEST_INVALID", 400},
    {"disk_full", "DISK_FULL", 507},
    {"image_pinned", "IMAGE_PINNED", 409},
    {"locked_out", "TOOMANYREQUESTS", 429},
    {"manifest_blob_unknown", "MANIFEST_BLOB_UNKNOWN", 400},
    {"manifest_invalid", "MANIFEST_INVALID", 400},
    {"manifest_referenced", "MANIFEST_REFERENCED", 409},
    {"manifest_too_large", "MANIFEST_INVALID", 413},
    {"manifest_unknown", "MANIFEST_UNKNOWN", 404},
    {"name_invalid", "NAME_INVALID", 400},
    {"name_unknown", "NAME_UNKNOWN", 404},
    {"page_invalid", "PAGINATION_NUMBER_INVALID", 400},
    {"range_invalid", "BLOB_UPLOAD_INVALID", 416},
    {"rate_limited", "TOOMANYREQUESTS", 429},
    {"schema1", "MANIFEST_INVALID", 400},
    {"size_invalid", "SIZE_INVALID", 400},
    {"tag_immutable", "TAG_INVALID", 400},
    {"tag_invalid", "TAG_INVALID", 400},
    {"too_many_logins", "TOOMANYREQUESTS", 429},
    {"upload_busy", "BLOB_UPLOAD_INVALID", 409},
    {"upload_invalid", "BLOB_UPLOAD_INVALID", 400},
    {"upload_unknown", "BLOB_UPLOAD_UNKNOWN", 404},
};

struct CodeRow {
  Code code;
  std::string_view name;
  int status;
};

constexpr CodeRow kCodes[] = {
    {Code::kInvalidArgument, "BAD_REQUEST", 400},
    {Code::kUnauthenticated, "UNAUTHORIZED", 401},
    {Code::kPermissionDenied, "DENIED", 403},
    {Code::kNotFound, "NOT_FOUND", 404},
    {Code::kAlreadyExists, "CONFLICT", 409},
    {Code::kFailedPrecondition, "CONFLICT", 409},
    {Code::kConflict, "CONFLICT", 409},
    {Code::kOutOfRange, "RANGE_INVALID", 416},
    {Code::kTooLarge, "SIZE_INVALID", 413},
    {Code::kResourceExhausted, "TOOMANYREQUESTS", 503},
    {Code::kUnsupported, "UNSUPPORTED", 405},
    {Code::kUnavailable, "UNAVAILABLE", 503},
    {Code::kDeadlineExceeded, "UNAVAILABLE", 503},
    {Code::kCancelled, "UNAVAILABLE", 503},
    {Code::kCorruption, "CORRUPTION", 500},
    {Code::kInternal, "UNKNOWN", 500},
};

ErrorRow RowOf(const Error& error) {
  const auto* found =
      std::lower_bound(std::begin(kReasons), std::end(kReasons), error.reason(),
                       [](const ErrorRow& row, std::string_view key) { return row.reason < key; });
  if (found != std::end(kReasons) && found->reason == error.reason()) return *found;
  for (const CodeRow& row : kCodes) {
    if (row.code == error.code()) return {error.reason(), row.name, row.status};
  }
  return {error.reason(), "UNKNOWN", 500};
}

}  // namespace

http::Response RenderError(const Error& error) {
  const ErrorRow row = RowOf(error);
  http::Response response;
  response.status = row.status;
  response.Add("Content-Type", "application/json");
  AddVersion(response);
  if (row.status == 503) response.Add("Retry-After", "1");
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("errors").BeginArray().BeginObject();
  writer.Key("code").String(row.code).Key("message").String(error.message());
  writer.Key("detail").BeginObject();
  for (const auto& [key, value] : error.detail()) writer.Key(key).String(value);
  writer.EndObject().EndObject().EndArray().EndObject();
  response.body = std::move(body);
  return response;
}

}  // namespace gantry::api::oci
