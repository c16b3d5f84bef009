#include "server/host_patterns.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace gantry::server {
namespace {

constexpr size_t kHostBytesMax = 253;
constexpr std::string_view kRoot = "/v2/";
constexpr std::string_view kAccountText = "{account}";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool IsHostText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

Error BadPattern(const std::string& pattern, const std::string& why) {
  return InvalidArgument("host_pattern_invalid", "the pattern \"" + pattern + "\" " + why);
}

// The host in lower case, without port and without the dot of a full name, in `buffer`; "" when it
// is too long to be one.
std::string_view Normalize(std::string_view host, std::array<char, kHostBytesMax>& buffer) {
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() > buffer.size()) return "";
  std::transform(host.begin(), host.end(), buffer.begin(), Lower);
  return {buffer.data(), host.size()};
}

// Takes the text up to the next '.', and that, from the front.
std::string_view TakeLabel(std::string_view& host) {
  const size_t dot = std::min(host.find('.'), host.size());
  const std::string_view label = host.substr(0, dot);
  host.remove_prefix(std::min(dot + 1, host.size()));
  return label;
}

}  // namespace

Result<HostPatterns::Label> HostPatterns::ParseLabel(const std::string& pattern,
                                                     std::string_view text) {
  Label label;
  const size_t open = text.find('{');
  if (open == std::string_view::npos) {
    label.before = text;
  } else {
    const size_t end = std::min(text.find('}', open), text.size() - 1) + 1;
    const std::string_view placeholder = text.substr(open, end - open);
    if (placeholder == kAccountText) {
      label.placeholder = Placeholder::kAccount;
    } else if (placeholder == "{region}" || placeholder == "{location}") {
      label.placeholder = Placeholder::kOther;
    } else {
      return BadPattern(pattern, "has \"" + std::string(placeholder) +
                                     "\"; use {account}, {region} or {location}");
    }
    label.before = text.substr(0, open);
    label.after = text.substr(end);
  }
  if (text.empty() || !IsHostText(label.before) || !IsHostText(label.after)) {
    return BadPattern(
        pattern,
        "is no host name; write labels of a-z, 0-9 and '-' with dots between them, at "
        "most one placeholder in a label, and no port");
  }
  return label;
}

Result<HostPatterns::Rule> HostPatterns::ParseRule(const HostRule& row) {
  Rule rule;
  rule.account = row.account;
  std::string host = row.pattern;
  std::transform(host.begin(), host.end(), host.begin(), Lower);
  if (const size_t slash = host.find('/'); slash != std::string::npos) {
    if (host.substr(slash + 1) != kAccountText) {
      return BadPattern(row.pattern, "has a path; only \"/{account}\" may stand behind the host");
    }
    rule.account_in_path = true;
    host.resize(slash);
  }
  auto accounts = static_cast<int>(rule.account_in_path) + static_cast<int>(!row.account.empty());
  for (std::string_view rest = host;;) {
    const bool last = rest.find('.') == std::string_view::npos;
    TRY_ASSIGN(Label label, ParseLabel(row.pattern, TakeLabel(rest)));
    if (label.placeholder == Placeholder::kAccount) ++accounts;
    rule.labels.push_back(std::move(label));
    if (last) break;
  }
  if (accounts > 1) {
    return BadPattern(row.pattern,
                      "gives the account more than once: by {account} or by `account`, not both");
  }
  return rule;
}

Result<HostPatterns> HostPatterns::Parse(const std::vector<HostRule>& rules) {
  HostPatterns patterns;
  std::set<std::string> seen;
  for (const HostRule& row : rules) {
    TRY_ASSIGN(Rule rule, ParseRule(row));
    std::string host = row.pattern.substr(0, row.pattern.find('/'));
    std::transform(host.begin(), host.end(), host.begin(), Lower);
    if (!seen.insert(host).second) return BadPattern(row.pattern, "stands there twice");
    const bool literal = std::all_of(rule.labels.begin(), rule.labels.end(), [](const auto& label) {
      return label.placeholder == Placeholder::kNone;
    });
    if (literal) {
      patterns.literals_.emplace(std::move(host), std::move(rule));
    } else {
      patterns.patterns_.push_back(std::move(rule));
    }
  }
  return patterns;
}

bool HostPatterns::Matches(const Rule& rule, std::string_view host, std::string_view& account) {
  account = rule.account;
  const auto dots = static_cast<size_t>(std::count(host.begin(), host.end(), '.'));
  if (rule.labels.size() != dots + 1) return false;
  for (const Label& label : rule.labels) {
    std::string_view text = TakeLabel(host);
    if (label.placeholder == Placeholder::kNone) {
      if (text != label.before) return false;
      continue;
    }
    if (text.size() <= label.before.size() + label.after.size()) return false;
    if (!text.starts_with(label.before) || !text.ends_with(label.after)) return false;
    text.remove_prefix(label.before.size());
    text.remove_suffix(label.after.size());
    if (label.placeholder == Placeholder::kAccount) account = text;
  }
  return true;
}

HostPatterns::Match HostPatterns::MatchOf(const Rule& rule, std::string_view account,
                                          std::string_view path) {
  Match match;
  match.account = account;
  if (!rule.account_in_path || !path.starts_with(kRoot)) return match;
  path.remove_prefix(kRoot.size());
  const size_t slash = path.find('/');
  if (slash == std::string_view::npos) return match;
  match.account = path.substr(0, slash);
  match.prefix_size = slash + 1;
  return match;
}

HostPatterns::Match HostPatterns::Find(std::string_view host, std::string_view path) const {
  std::array<char, kHostBytesMax> buffer;
  host = Normalize(host, buffer);
  if (const auto found = literals_.find(host); found != literals_.end()) {
    return MatchOf(found->second, found->second.account, path);
  }
  for (const Rule& rule : patterns_) {
    std::string_view account;
    if (Matches(rule, host, account)) return MatchOf(rule, account, path);
  }
  return {};
}

}  // namespace gantry::server
