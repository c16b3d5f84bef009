#include "auth/scope.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "iam/resource.h"

namespace gantry::auth {
namespace {

constexpr size_t kNameBytesMax = 255;
constexpr std::string_view kActions[] = {"*", "delete", "pull", "push"};  // sorted

Error ScopeInvalid(std::string_view text) {
  return InvalidArgument("scope_invalid", "scope \"" + std::string(text.substr(0, 300)) +
                                              "\" is not TYPE:NAME:ACTION,… with a type of "
                                              "repository or registry");
}

// Whether a name can be a repository's: components of [a-z0-9._-], no "." or "..", none empty. The
// registry itself checks more.
bool IsName(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  size_t start = 0;
  while (start <= name.size()) {
    const size_t end = std::min(name.find('/', start), name.size());
    const std::string_view component = name.substr(start, end - start);
    if (component.empty() || component == "." || component == "..") return false;
    for (const char c : component) {
      const bool good =
          (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
      if (!good) return false;
    }
    start = end + 1;
  }
  return true;
}

// Calls `on_part` for each part of `text` between separators that is not empty.
template <typename OnPart>
void ForEachPart(std::string_view text, char separator, OnPart on_part) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(separator), text.size());
    if (end > 0) on_part(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

using Key = std::pair<std::string, std::string>;  // type, name

Result<Key> ParseKey(std::string_view entry, std::string_view type, std::string_view name) {
  const size_t paren = type.find('(');
  if (paren != type.npos && type.ends_with(')')) type = type.substr(0, paren);
  const bool repository = type == "repository" && IsName(name);
  const bool catalog = type == "registry" && name == "catalog";
  if (!repository && !catalog) return ScopeInvalid(entry);
  return Key{type, name};
}

bool Includes(const Scope& given, std::string_view action) {
  const auto& actions = given.actions;
  return std::find(actions.begin(), actions.end(), "*") != actions.end() ||
         std::find(actions.begin(), actions.end(), action) != actions.end();
}

// The project of a repository's name.
std::string_view ProjectOf(std::string_view name) {
  const size_t slash = name.find('/');
  return slash == name.npos ? std::string_view() : name.substr(0, slash);
}

iam::ResourcePattern PatternOf(const Scope& scope) {
  if (scope.type == "registry") {
    return iam::ResourcePattern::In(iam::Resource::Account(scope.account));
  }
  return iam::ResourcePattern::In(iam::Resource::Repository(scope.account, scope.name));
}

}  // namespace

Result<std::vector<Scope>> ParseScopes(const iam::AccountId& account, std::string_view text) {
  std::map<Key, std::set<std::string>> merged;
  std::optional<Error> error;
  size_t entries = 0;
  ForEachPart(text, ' ', [&](std::string_view entry) {
    if (error) return;
    const size_t first = entry.find(':');
    const size_t last = entry.rfind(':');
    if (first == entry.npos || first == last) {
      error = ScopeInvalid(entry);
      return;
    }
    auto key = ParseKey(entry, entry.substr(0, first), entry.substr(first + 1, last - first - 1));
    if (!key.ok()) {
      error = std::move(key).error();
      return;
    }
    entries += 1;
    if (entries > kScopesMax) {
      error = InvalidArgument("scope_invalid",
                              "there are more than " + std::to_string(kScopesMax) + " scopes");
      return;
    }
    auto& actions = merged[std::move(*key)];
    ForEachPart(entry.substr(last + 1), ',', [&](std::string_view action) {
      if (std::binary_search(std::begin(kActions), std::end(kActions), action)) {
        actions.emplace(action);
      }
    });
  });
  if (error) return std::move(*error);
  std::vector<Scope> scopes;
  for (auto& [key, actions] : merged) {
    scopes.push_back({account, key.first, key.second, {actions.begin(), actions.end()}});
  }
  return scopes;
}

std::string ScopeText(const Scope& scope) {
  std::string text = scope.type + ":" + scope.name + ":";
  for (size_t i = 0; i < scope.actions.size(); ++i) {
    if (i > 0) text += ',';
    text += scope.actions[i];
  }
  return text;
}

iam::ActionSet ActionsOf(const Scope& scope) {
  using enum iam::Action;
  if (scope.type == "registry") {
    return Includes(scope, "*") ? iam::ActionSet{kAccountCatalog} : iam::ActionSet{};
  }
  if (Includes(scope, "*") && !scope.actions.empty()) {
    return {kRepositoryPull,   kRepositoryPush,   kRepositoryDelete, kRepositoryList,
            kRepositoryCreate, kRepositoryUpdate, kRepositoryAdmin};
  }
  iam::ActionSet actions;
  if (Includes(scope, "pull")) actions = actions | iam::ActionSet{kRepositoryPull, kRepositoryList};
  if (Includes(scope, "push")) {
    actions = actions |
              iam::ActionSet{kRepositoryPull, kRepositoryList, kRepositoryPush, kRepositoryCreate};
  }
  if (Includes(scope, "delete")) actions = actions | iam::ActionSet{kRepositoryDelete};
  return actions;
}

std::optional<iam::Scopes> LimitsOf(const std::optional<std::vector<Scope>>& scopes,
                                    const iam::AccountId& home,
                                    const std::optional<std::string>& project) {
  if (!scopes && !project) return std::nullopt;
  std::vector<iam::Scope> limits;
  if (!scopes) {
    const auto pattern = iam::ResourcePattern::In(iam::Resource::Project(home, *project));
    limits.push_back({pattern, iam::ActionSet::All()});
    return iam::Scopes(std::move(limits));
  }
  for (const Scope& scope : *scopes) {
    const bool outside = project && (scope.account != home || scope.type != "repository" ||
                                     ProjectOf(scope.name) != *project);
    if (!outside) limits.push_back({PatternOf(scope), ActionsOf(scope)});
  }
  return iam::Scopes(std::move(limits));
}

std::vector<Scope> Intersect(const std::vector<Scope>& wanted, const std::vector<Scope>& given) {
  std::vector<Scope> both;
  for (const Scope& scope : wanted) {
    Scope permitted{scope.account, scope.type, scope.name, {}};
    for (const Scope& other : given) {
      const bool same = std::tie(other.account, other.type, other.name) ==
                        std::tie(scope.account, scope.type, scope.name);
      if (!same) continue;
      // "*" wanted of less than "*" is what is given.
      for (const std::string& action : Includes(scope, "*") ? other.actions : scope.actions) {
        if (Includes(other, action)) permitted.actions.push_back(action);
      }
    }
    if (!permitted.actions.empty()) both.push_back(std::move(permitted));
  }
  return both;
}

}  // namespace gantry::auth
