#include "iam/policy_index.h"

#include <algorithm>

namespace gantry::iam {
namespace {

// Beyond that many pairs a statement is filed under its principals alone: a document of n names
// must not become n² entries.
constexpr size_t kPairsMax = 1024;

// The names under which things are filed; what follows the account cannot be mistaken for another
// kind of thing.
constexpr std::string_view kEverybody = "/";
constexpr std::string_view kGroup = "/group:";
constexpr std::string_view kProject = "/project/";
constexpr std::string_view kRepository = "/repository/";

}  // namespace

uint32_t PolicyIndex::Intern(Names& names, std::string name) {
  const auto next = static_cast<uint32_t>(names.size() + 1);
  return names.emplace(std::move(name), next).first->second;
}

void PolicyIndex::Unique(Ids& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

uint32_t PolicyIndex::IdOf(const PrincipalPattern& pattern) {
  std::string name(pattern.account().text());
  switch (pattern.form()) {
    case PrincipalPattern::Form::kAuthenticated:
      return Intern(principals_, name.append(kEverybody));
    case PrincipalPattern::Form::kGroup:
      return Intern(principals_, name.append(kGroup) + pattern.name());
    case PrincipalPattern::Form::kNamed:
      if (!pattern.IsExact()) return kAny;
      name.append("/").append(PrincipalKindName(pattern.kind())).append(":");
      return Intern(principals_, name + pattern.name());
    default:
      return kAny;
  }
}

uint32_t PolicyIndex::IdOf(const ResourcePattern& pattern) {
  if (!pattern.account()) return kAny;
  std::string name(pattern.account()->text());
  const std::string& glob = pattern.glob();
  if (pattern.kind() == ResourcePattern::Kind::kProject) {
    return pattern.IsExact() ? Intern(resources_, name.append(kProject) + glob) : kAny;
  }
  if (pattern.kind() != ResourcePattern::Kind::kRepository) return kAny;
  if (pattern.IsExact()) return Intern(resources_, name.append(kRepository) + glob);
  // "app/*" is about repositories of the project "app" only.
  const size_t slash = glob.find('/');
  if (slash == std::string::npos || slash > glob.find_first_of("*?")) return kAny;
  return Intern(resources_, name.append(kProject) + glob.substr(0, slash));
}

void PolicyIndex::Add(uint32_t number, const Statement& statement) {
  Ids principals;
  if (statement.principals_inverted) principals.push_back(kAny);
  if (!statement.principals_inverted) {
    for (const auto& pattern : statement.principals) principals.push_back(IdOf(pattern));
  }
  Ids resources = {IdOf(statement.within)};
  if (resources.front() == kAny && !statement.resources_inverted) {
    resources.clear();
    for (const auto& pattern : statement.resources) resources.push_back(IdOf(pattern));
  }
  Unique(principals);
  Unique(resources);
  if (principals.size() * resources.size() > kPairsMax) resources = {kAny};
  for (const uint32_t principal : principals) {
    for (const uint32_t resource : resources) buckets_[Key(principal, resource)].push_back(number);
  }
}

void PolicyIndex::FindPrincipals(const Principal& principal, Ids& ids) const {
  ids.reserve(3 + principal.groups.size());
  ids.push_back(kAny);
  if (principals_.empty()) return;
  const auto add = [&](std::string_view name) {
    const auto found = principals_.find(name);
    if (found != principals_.end()) ids.push_back(found->second);
  };
  std::string name(principal.account.text());
  const size_t account_length = name.size();
  if (!principal.IsAnonymous()) add(name.append(kEverybody));
  for (const std::string& group : principal.groups) {
    name.resize(account_length);
    add(name.append(kGroup).append(group));
  }
  name.resize(account_length);
  name.append("/").append(PrincipalKindName(principal.kind)).append(":").append(principal.name);
  add(name);
}

void PolicyIndex::FindResources(const Resource& resource, Ids& ids) const {
  ids.reserve(3);
  ids.push_back(kAny);
  if (resource.kind() == ResourceKind::kAccount) return;
  const auto add = [&](std::string_view kind, std::string_view name) {
    std::string text(resource.account().text());
    const auto found = resources_.find(text.append(kind).append(name));
    if (found != resources_.end()) ids.push_back(found->second);
  };
  add(kProject, resource.project());
  if (resource.kind() == ResourceKind::kRepository) add(kRepository, resource.repository());
}

}  // namespace gantry::iam
