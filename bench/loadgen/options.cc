#include "options.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <string_view>

namespace loadgen {
namespace {

template <typename T>
bool ParseNumber(const std::string& text, T* value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, *value);
  return error == std::errc() && stop == end;
}

bool ParseTarget(const std::string& text, Address* address) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return false;
  in_addr ipv4{};
  if (::inet_pton(AF_INET, text.substr(0, colon).c_str(), &ipv4) != 1) return false;
  if (!ParseNumber(text.substr(colon + 1), &address->port)) return false;
  address->ipv4 = ntohl(ipv4.s_addr);
  address->text = text;
  return true;
}

bool OneOf(const std::string& value, std::initializer_list<std::string_view> allowed,
           std::string* target) {
  for (const std::string_view one : allowed) {
    if (value != one) continue;
    *target = value;
    return true;
  }
  return false;
}

bool Apply(const std::string& name, const std::string& value, Options* o) {
  if (name == "--target") return ParseTarget(value, &o->target);
  if (name == "--path") {
    o->paths.push_back(value);
    return !value.empty() && value[0] == '/';
  }
  if (name == "--form") return OneOf(value, {"two", "single"}, &o->form);
  if (name == "--kind") return OneOf(value, {"headers", "body", "reader"}, &o->kind);
  if (name == "--connections") return ParseNumber(value, &o->connections) && o->connections > 0;
  if (name == "--count") return ParseNumber(value, &o->count);
  if (name == "--size") return ParseNumber(value, &o->size_bytes) && o->size_bytes > 0;
  if (name == "--chunk") return ParseNumber(value, &o->chunk_bytes);
  if (name == "--seed") return ParseNumber(value, &o->seed);
  if (name == "--seconds") return ParseNumber(value, &o->seconds) && o->seconds >= 0;
  if (name == "--pace") return ParseNumber(value, &o->pace) && o->pace > 0;
  if (name == "--push-pace") return ParseNumber(value, &o->push_pace) && o->push_pace >= 0;
  if (name == "--rate") {
    return ParseNumber(value, &o->dribble_bytes_per_second) && o->dribble_bytes_per_second > 0;
  }
  if (name == "--repo")
    o->repository = value;
  else if (name == "--tag-prefix")
    o->tag_prefix = value;
  else if (name == "--authorization")
    o->authorization = value;
  else if (name == "--label")
    o->label = value;
  else
    return false;
  return true;
}

uint64_t FreshSeed() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return static_cast<uint64_t>(now) * 2654435761U ^ static_cast<uint64_t>(::getpid()) << 40;
}

}  // namespace

bool ParseOptions(const std::vector<std::string>& arguments, Options* options, std::string* error) {
  if (arguments.empty()) {
    *error = "no mode given";
    return false;
  }
  options->mode = arguments[0];
  for (size_t i = 1; i < arguments.size(); i += 2) {
    if (i + 1 == arguments.size()) {
      *error = arguments[i] + " has no value";
      return false;
    }
    if (!Apply(arguments[i], arguments[i + 1], options)) {
      *error = "cannot use '" + arguments[i] + " " + arguments[i + 1] + "'";
      return false;
    }
  }
  if (options->target.port == 0) {
    *error = "--target HOST:PORT is missing (a numeric IPv4 address)";
    return false;
  }
  options->target.authorization = options->authorization;
  if (options->seed == 0) options->seed = FreshSeed();
  return true;
}

}  // namespace loadgen
