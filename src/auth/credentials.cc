#include "auth/credentials.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json_string.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::auth {
namespace {

constexpr size_t kNameBytesMax = 256;
constexpr json::Limits kKeyFileLimits{kAuthorizationBytesMax, 4, 100};
// User names that say: the password is a token of this installation.
constexpr std::string_view kTokenNames[] = {"AWS", "oauth2accesstoken", "<token>", "_token", ""};

Error CredentialsInvalid(const std::string& why) {
  return Error(Code::kUnauthenticated, "credentials_invalid",
               "the Authorization header cannot be read: " + why);
}

char LowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return LowerOf(x) == LowerOf(y); });
}

bool HasControls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// The robot and the secret of a key file (MakeKeyFile). Key files may have line feeds.
Result<BasicCredential> ParseKeyFile(std::string_view text) {
  const auto document = json::Document::Parse(text, kKeyFileLimits);
  if (!document.ok()) return CredentialsInvalid("the key file is no JSON");
  const auto text_of = [&](std::string_view name) {
    const json::Value value = document->root().Find(name);
    return value ? value.String().value_or("") : std::string_view();
  };
  const std::string_view email = text_of("client_email");
  const size_t at = email.rfind('@');
  if (text_of("type") != "service_account" || at == email.npos || at == 0 || at > kNameBytesMax ||
      HasControls(email)) {
    return CredentialsInvalid("the key file is not one of a robot");
  }
  return BasicCredential{BasicCredential::Kind::kRobot, std::string(email.substr(0, at)),
                         std::string(text_of("private_key"))};
}

}  // namespace

SchemeAndRest SplitScheme(std::string_view authorization) {
  while (!authorization.empty() && authorization.front() == ' ') authorization.remove_prefix(1);
  const size_t blank = std::min(authorization.find(' '), authorization.size());
  const std::string_view name = authorization.substr(0, blank);
  std::string_view rest = authorization.substr(blank);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  while (!rest.empty() && rest.back() == ' ') rest.remove_suffix(1);
  if (EqualsIgnoringCase(name, "Basic")) return {Scheme::kBasic, rest};
  if (EqualsIgnoringCase(name, "Bearer")) return {Scheme::kBearer, rest};
  if (EqualsIgnoringCase(name, "AWS4-HMAC-SHA256")) return {Scheme::kSigV4, rest};
  return {Scheme::kOther, rest};
}

Result<BasicCredential> ParseBasic(std::string_view encoded) {
  if (encoded.size() > kAuthorizationBytesMax) return CredentialsInvalid("it is too long");
  const auto decoded = Base64Decode(encoded);
  if (!decoded) return CredentialsInvalid("it is no base64");
  const size_t colon = decoded->find(':');
  if (colon == decoded->npos) return CredentialsInvalid("it is not NAME:PASSWORD");
  const std::string name = decoded->substr(0, colon);
  std::string secret = decoded->substr(colon + 1);
  if (name.size() > kNameBytesMax) return CredentialsInvalid("the name is too long");
  if (name == "_json_key") return ParseKeyFile(secret);
  if (name == "_json_key_base64") {
    const auto file = Base64Decode(secret);
    if (!file) return CredentialsInvalid("the key file is no base64");
    return ParseKeyFile(*file);
  }
  if (HasControls(name) || HasControls(secret) || !IsUtf8(*decoded)) {
    return CredentialsInvalid("it has control characters or is not UTF-8");
  }
  using enum BasicCredential::Kind;
  if (std::find(std::begin(kTokenNames), std::end(kTokenNames), name) != std::end(kTokenNames)) {
    return BasicCredential{kToken, "", std::move(secret)};
  }
  for (const std::string_view prefix : {"robot$", "robot+"}) {
    if (name.size() > prefix.size() && name.starts_with(prefix)) {
      return BasicCredential{kRobot, name.substr(prefix.size()), std::move(secret)};
    }
  }
  return BasicCredential{kUser, name, std::move(secret)};
}

std::string MakeKeyFile(std::string_view account, std::string_view robot, std::string_view secret) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Key("type").String("service_account").Key("project_id").String(account);
  writer.Key("client_email").String(std::string(robot) + "@" + std::string(account) + ".gantry");
  writer.Key("private_key").String(secret).EndObject();
  return text;
}

}  // namespace gantry::auth
