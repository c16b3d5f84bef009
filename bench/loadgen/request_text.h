#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "connection.h"

namespace loadgen {

inline constexpr std::string_view kAcceptManifests =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, */*";

// Request line, Host, User-Agent and Authorization, without the empty line at the end.
inline std::string RequestStart(std::string_view method, std::string_view path,
                                const Address& target) {
  std::string text;
  text.append(method).append(" ").append(path).append(" HTTP/1.1\r\nHost: ").append(target.text);
  text.append("\r\nUser-Agent: gantry-loadgen\r\n");
  if (target.authorization.empty()) return text;
  return text.append("Authorization: ").append(target.authorization).append("\r\n");
}

inline std::string GetText(std::string_view method, std::string_view path, const Address& target) {
  return RequestStart(method, path, target).append("Accept: ").append(kAcceptManifests) +
         "\r\n\r\n";
}

// A request with a body whose bytes follow.
inline std::string BodyText(std::string_view method, std::string_view path, const Address& target,
                            std::string_view content_type, uint64_t length_bytes) {
  return RequestStart(method, path, target).append("Content-Type: ").append(content_type) +
         "\r\nContent-Length: " + std::to_string(length_bytes) + "\r\n\r\n";
}

// The path of a Location, relative or absolute, with `digest` added to its query.
inline std::string UploadPath(std::string_view location, std::string_view digest = {}) {
  const size_t scheme = location.find("://");
  if (scheme != std::string_view::npos) {
    const size_t slash = location.find('/', scheme + 3);
    location = slash == std::string_view::npos ? "/" : location.substr(slash);
  }
  std::string path(location);
  if (digest.empty()) return path;
  path.append(path.find('?') == std::string::npos ? "?" : "&").append("digest=");
  return path.append(digest);
}

inline constexpr std::string_view kOctetStream = "application/octet-stream";

}  // namespace loadgen
