#include "server/security_headers.h"

#include <string_view>

namespace gantry::server {
namespace {

std::string_view HeaderOf(const http::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

}  // namespace

void AddSecurityHeaders(http::Response& response) {
  response.Add("X-Content-Type-Options", "nosniff");
  const std::string_view type = HeaderOf(response, "Content-Type");
  const bool is_bytes = type.empty() || type.starts_with("application/octet-stream") ||
                        type.starts_with("application/vnd.");
  if (is_bytes) return;
  if (HeaderOf(response, "Content-Security-Policy").empty())
    response.Add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.Add("Referrer-Policy", "no-referrer");
}

}  // namespace gantry::server
