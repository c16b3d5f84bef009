#pragma once

#include <string>
#include <string_view>

namespace gantry::auth {

// "gtr_" and 256 random bits in base64url: a prefix that scanners for leaked secrets can know.
std::string NewRobotSecret();
// SHA-256 in hexadecimal, as meta::RobotSecret keeps it.
std::string RobotSecretHash(std::string_view secret);
// What the secret is called where it must not be shown: the first digits of its hash.
std::string RobotSecretId(std::string_view hash);

}  // namespace gantry::auth
