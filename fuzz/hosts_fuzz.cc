// Host patterns: whatever they and a request say, an account is one that the request or a rule
// names, and nothing but it is taken out of the path.
// The lines of an input: a Host, a path, then rules ("pattern" or "pattern account").

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "server/host_patterns.h"

namespace {

constexpr std::string_view kApi = "/v2/";

std::string_view TakeUntil(std::string_view& text, char end) {
  const size_t at = std::min(text.find(end), text.size());
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return taken;
}

bool IsNamed(std::string_view account, std::string_view host, std::string_view path,
             const std::vector<gantry::server::HostRule>& rules) {
  if (account.empty() || path.find(account) != path.npos) return true;
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  if (std::search(host.begin(), host.end(), account.begin(), account.end(), same) != host.end()) {
    return account.find('.') == account.npos;  // within one label
  }
  return std::any_of(rules.begin(), rules.end(),
                     [&](const auto& rule) { return rule.account == account; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view host = TakeUntil(text, '\n');
  const std::string_view path = TakeUntil(text, '\n');
  std::vector<gantry::server::HostRule> rules;
  while (!text.empty()) {
    std::string_view line = TakeUntil(text, '\n');
    const std::string_view pattern = TakeUntil(line, ' ');
    rules.push_back({std::string(pattern), std::string(line)});
  }
  const auto patterns = gantry::server::HostPatterns::Parse(rules);
  if (!patterns.ok()) {
    GANTRY_ASSERT(patterns.error().reason() == "host_pattern_invalid");
    return 0;
  }
  const auto match = patterns->Find(host, path);
  GANTRY_ASSERT(IsNamed(match.account, host, path, rules));
  if (match.prefix_size > 0) {
    GANTRY_ASSERT(path.starts_with(kApi) && kApi.size() + match.prefix_size < path.size());
    GANTRY_ASSERT(path.substr(kApi.size(), match.prefix_size) == match.account + "/");
  }
  return 0;
}
