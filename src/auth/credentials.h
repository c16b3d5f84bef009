#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gantry::auth {

// Longest Authorization header that is looked at: a token of 8 KiB in base64, with its name.
inline constexpr size_t kAuthorizationBytesMax = 12 * 1024;

// What a Basic header says, sorted by what it claims to be.
struct BasicCredential {
  enum class Kind { kUser, kRobot, kToken };
  Kind kind = Kind::kUser;
  std::string name;    // of the user or robot; "" for a token
  std::string secret;  // password, robot secret or token
};

enum class Scheme { kBasic, kBearer, kSigV4, kOther };
// The scheme of an Authorization header, in any case, and what follows it.
struct SchemeAndRest {
  Scheme scheme = Scheme::kOther;
  std::string_view rest;  // without blanks around
};
SchemeAndRest SplitScheme(std::string_view authorization);

// What follows "Basic " (RFC 7617, UTF-8); the forms are listed at Authenticator.
// unauthenticated/credentials_invalid: no base64, no colon, control characters, no UTF-8, a name
// over 256 bytes, a secret over kAuthorizationBytesMax, a key file that is none.
Result<BasicCredential> ParseBasic(std::string_view encoded);

// A robot's key file in the shape of Google's, for clients that take `_json_key`:
// {"type":"service_account","project_id":ACCOUNT,"client_email":"ROBOT@ACCOUNT.gantry",
//  "private_key":SECRET}. A secret.
std::string MakeKeyFile(std::string_view account, std::string_view robot, std::string_view secret);

}  // namespace gantry::auth
