#include "http/target.h"

#include <array>
#include <optional>

#include "http/ascii.h"

namespace gantry::http {
namespace {

constexpr int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// What may stand unescaped in a target. RFC 3986 allows less than this; braces, '|', '^' and '`'
// are sent by real clients in queries and harm nobody.
constexpr std::array<bool, 256> MakeTargetTable() {
  std::array<bool, 256> table{};
  for (size_t c = 0x21; c < 0x7f; ++c) table[c] = true;
  for (const char c : {'"', '<', '>', '\\', '#'}) table[static_cast<unsigned char>(c)] = false;
  return table;
}
constexpr std::array<bool, 256> kTargetCharacters = MakeTargetTable();

Error BadTarget(const char* message) { return InvalidArgument("bad_target", message); }

bool IsDotSegment(std::string_view segment) { return segment == "." || segment == ".."; }

Result<void> CheckSegments(std::string_view path) {
  // Only a segment that starts with a dot can be one of those.
  for (size_t at = path.find("/."); at != std::string_view::npos; at = path.find("/.", at + 1)) {
    const std::string_view segment = path.substr(at + 1);
    if (IsDotSegment(segment.substr(0, segment.find('/')))) {
      return BadTarget("the path has a segment that is \".\" or \"..\"; send the path resolved");
    }
  }
  return Ok();
}

Result<void> DecodePath(std::string_view encoded, std::string& path) {
  if (encoded.find('%') == std::string_view::npos) {
    path.assign(encoded);
    return CheckSegments(path);
  }
  for (size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      path.push_back(encoded[i]);
      continue;
    }
    const int high = i + 1 < encoded.size() ? HexDigit(encoded[i + 1]) : -1;
    const int low = i + 2 < encoded.size() ? HexDigit(encoded[i + 2]) : -1;
    if (high < 0 || low < 0) return BadTarget("the path has a '%' without two hexadecimal digits");
    const auto byte = static_cast<unsigned char>(high * 16 + low);
    if (byte == '/') return BadTarget("the path has an escaped '/' (%2F); names cannot contain it");
    if (byte < 0x20 || byte == 0x7f) return BadTarget("the path has an escaped control character");
    path.push_back(static_cast<char>(byte));
    i += 2;
  }
  return CheckSegments(path);
}

// "http://host/path" without its scheme, or nullopt if it is no absolute form.
std::optional<std::string_view> AfterScheme(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) {
      return target.substr(scheme.size());
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> ParseTarget(std::string_view target, Request& request) {
  request.target.assign(target);
  for (const char c : target) {
    if (!kTargetCharacters[static_cast<unsigned char>(c)]) {
      return BadTarget("the request target has a character that must be percent-encoded");
    }
  }
  if (target == "*" && request.method == Method::kOptions) return Ok();
  if (target.empty() || target.front() != '/') {
    const auto rest = AfterScheme(target);
    if (!rest) return BadTarget("the request target must begin with '/'");
    const size_t slash = rest->find_first_of("/?");
    const std::string_view authority = rest->substr(0, slash);
    if (authority.empty() || authority.find('@') != std::string_view::npos) {
      return BadTarget("the request target has no usable host");
    }
    request.authority.assign(authority);
    target = slash == std::string_view::npos ? "/" : rest->substr(slash);
  }
  const size_t question = target.find('?');
  if (question != std::string_view::npos) request.query.assign(target.substr(question + 1));
  const std::string_view path = target.substr(0, question);
  return DecodePath(path.empty() ? "/" : path, request.path);
}

}  // namespace gantry::http
