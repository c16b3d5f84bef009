#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// AWS Signature Version 4, header form ("Signing AWS API requests"): pure, for both sides.
namespace gantry::auth {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// The part of a request that is signed. Borrows; the caller keeps everything alive.
struct SigV4Request {
  std::string_view method;
  std::string_view path;   // as on the wire, percent-encoded; "" is "/"
  std::string_view query;  // as on the wire, without '?'
  const HeaderList* headers = nullptr;
  std::string_view body_sha256;  // in hexadecimal, computed from the body
};

inline constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";

// An Authorization header taken apart: nothing in it may be believed before VerifySigV4.
struct SigV4Authorization {
  std::string access_key_id;
  std::string date;  // "20261124"
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;  // lower case, sorted
  std::string signature;                    // 64 hexadecimal digits
};

// unauthenticated/signature_incomplete: a part is missing, twice there, or of the wrong form; more
// than 64 signed headers; over 4 KiB.
Result<SigV4Authorization> ParseSigV4(std::string_view header);

struct SigV4Expectation {
  std::string_view secret;
  std::string_view service;
  Time now;
  bool unsigned_payload = false;  // whether x-amz-content-sha256: UNSIGNED-PAYLOAD is taken
};

// Errors, unauthenticated: signature_incomplete (host, x-amz-date or an x-amz-* header of the
// request is not signed, or a signed one is not there), signature_wrong (also another service, or a
// scope of another day), signature_expired (x-amz-date is more than 15 minutes off), payload_wrong
// (the body is not what x-amz-content-sha256 says).
Result<void> VerifySigV4(const SigV4Authorization& authorization, const SigV4Request& request,
                         const SigV4Expectation& expectation);

struct SigV4Key {
  std::string access_key_id;
  std::string secret;
  std::string session_token;  // "" for none
};

// Headers to add to the request: x-amz-date, x-amz-content-sha256, x-amz-security-token when there
// is one, Authorization. All headers of the request are signed; `host` must be among them.
HeaderList SignSigV4(const SigV4Request& request, const SigV4Key& key, std::string_view region,
                     std::string_view service, Time now);

}  // namespace gantry::auth
