#include "cli/registry_url.h"

#include <algorithm>

namespace gantry::cli {
namespace {

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host.starts_with("localhost:") || host.starts_with("127.") ||
         host.starts_with("[::1]");
}

}  // namespace

std::string RegistryHost(std::string_view server) {
  const size_t scheme = server.find("://");
  if (scheme != std::string_view::npos) server.remove_prefix(scheme + 3);
  std::string host(server.substr(0, server.find('/')));
  std::transform(host.begin(), host.end(), host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return host;
}

std::string RegistryUrl(std::string_view server) {
  const std::string host = RegistryHost(server);
  if (server.starts_with("http://")) return "http://" + host;
  if (server.starts_with("https://") || !IsLoopback(host)) return "https://" + host;
  return "http://" + host;
}

std::string HostOfImage(std::string_view image) {
  const size_t slash = image.find('/');
  if (slash == std::string_view::npos) return "";
  const std::string_view first = image.substr(0, slash);
  if (first != "localhost" && first.find_first_of(".:") == std::string_view::npos) return "";
  return RegistryHost(first);
}

}  // namespace gantry::cli
