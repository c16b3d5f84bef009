#include "auth/names.h"

#include <algorithm>

namespace gantry::auth {
namespace {

constexpr size_t kUserNameBytesMax = 128;
constexpr size_t kGroupNameBytesMax = 64;

bool IsWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsName(std::string_view name, size_t bytes_max, std::string_view others) {
  return !name.empty() && name.size() <= bytes_max && IsWord(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return IsWord(c) || others.find(c) != others.npos; });
}

}  // namespace

// The other names that clients send with tokens have characters of no name.
bool IsUserName(std::string_view name) {
  return IsName(name, kUserNameBytesMax, "._@-") && name != "AWS" && name != "oauth2accesstoken";
}

bool IsGroupName(std::string_view name) { return IsName(name, kGroupNameBytesMax, "._-"); }

}  // namespace gantry::auth
