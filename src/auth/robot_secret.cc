#include "auth/robot_secret.h"

#include "base/encoding.h"
#include "crypto/hash.h"
#include "crypto/random.h"

namespace gantry::auth {
namespace {

constexpr std::string_view kPrefix = "gtr_";
constexpr size_t kSecretBytes = 32;
constexpr size_t kIdDigits = 8;

}  // namespace

std::string NewRobotSecret() {
  return std::string(kPrefix) + Base64UrlEncode(crypto::RandomBytes(kSecretBytes));
}

std::string RobotSecretHash(std::string_view secret) { return HexEncode(crypto::Sha256(secret)); }

std::string RobotSecretId(std::string_view hash) { return std::string(hash.substr(0, kIdDigits)); }

}  // namespace gantry::auth
