#pragma once

#include <string>
#include <string_view>

// How people and programs name a registry: "registry.example.com", "localhost:5000",
// "https://registry.example.com/v2/".
namespace gantry::cli {

// Without scheme and path, in lower case: "registry.example.com", "localhost:5000".
std::string RegistryHost(std::string_view server);

// "https://registry.example.com", without a slash at the end. A name without scheme is https, one
// of the loopback http, as docker has it.
std::string RegistryUrl(std::string_view server);

// The registry of an image's name; "" when the name has none, which means Docker Hub.
std::string HostOfImage(std::string_view image);

}  // namespace gantry::cli
