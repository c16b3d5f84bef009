#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gantry::server {

// One row of `hosts`: a name by which clients reach this installation, and what it says of the
// account.
//
//   {account}.dkr.ecr.{region}.example.com     the account stands in the name
//   {region}-docker.pkg.example.com/{account}  it stands in front of the repository's name
//   registry.example.com                       `account`, or the default account without one
struct HostRule {
  std::string pattern;
  std::string account;  // id or alias; "" when the pattern tells it, or for the default account
  bool operator==(const HostRule&) const = default;
};

// Tells from the Host of a request, and its path, which account it is for.
// Threads: const methods from any thread.
class HostPatterns {
 public:
  // A pattern is a host name without port whose labels hold at most one of {account}, {region} and
  // {location} each, and perhaps "/{account}" at its end. A placeholder matches one or more
  // characters of its label. invalid_argument/host_pattern_invalid: another form, {account} twice
  // or beside `account`, or a pattern that stands there twice.
  static Result<HostPatterns> Parse(const std::vector<HostRule>& rules);

  struct Match {
    std::string account;  // id or alias as the client or the rule gave it; "": the default account
    size_t prefix_size = 0;  // bytes of the path behind "/v2/" that are the account and its '/'
  };
  // `host` in any case, with or without a port; `path` decoded. A rule without placeholders in its
  // host beats the others, of which the first counts. An unknown host gives the default account,
  // and so does a path under "/v2/" that is too short to hold an account and more.
  Match Find(std::string_view host, std::string_view path) const;

  bool empty() const { return literals_.empty() && patterns_.empty(); }

 private:
  enum class Placeholder { kNone, kAccount, kOther };
  // One label of a host: text with at most one placeholder in it.
  struct Label {
    std::string before;
    Placeholder placeholder = Placeholder::kNone;
    std::string after;
  };
  struct Rule {
    std::vector<Label> labels;
    std::string account;
    bool account_in_path = false;
  };

  static Result<Label> ParseLabel(const std::string& pattern, std::string_view text);
  static Result<Rule> ParseRule(const HostRule& row);
  static bool Matches(const Rule& rule, std::string_view host, std::string_view& account);
  static Match MatchOf(const Rule& rule, std::string_view account, std::string_view path);

  std::map<std::string, Rule, std::less<>> literals_;  // by their host
  std::vector<Rule> patterns_;
};

}  // namespace gantry::server
