#include "iam/principal.h"

#include <algorithm>

namespace gantry::iam {
namespace {

// With its length before it, so that no two lists of fields give one text.
void AppendField(std::string& text, std::string_view field) {
  text += std::to_string(field.size());
  text += ':';
  text += field;
}

}  // namespace

std::string_view PrincipalKindName(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kAnonymous:
      return "anonymous";
    case PrincipalKind::kUser:
      return "user";
    case PrincipalKind::kRobot:
      return "robot";
    case PrincipalKind::kWorkload:
      return "workload";
    case PrincipalKind::kNode:
      return "node";
  }
  return {};
}

std::string Principal::Text() const {
  std::string text(PrincipalKindName(kind));
  if (IsAnonymous()) return text;
  text += ':';
  text += name;
  return text;
}

std::string Principal::FullText() const { return std::string(account.text()) + '/' + Text(); }

std::string Principal::Arn() const {
  std::string arn(kind == PrincipalKind::kWorkload ? "arn:aws:sts::" : "arn:aws:iam::");
  arn += account.text();
  arn += ':';
  arn += kind == PrincipalKind::kWorkload ? "assumed-role" : PrincipalKindName(kind);
  if (IsAnonymous()) return arn;
  arn += '/';
  arn += name;
  return arn;
}

std::string Principal::IdentityText() const {
  std::string text;
  AppendField(text, FullText());
  text += std::to_string(groups.size());
  text += ';';
  for (const std::string& group : groups) AppendField(text, group);
  for (const auto& [key, value] : attributes) {
    AppendField(text, key);
    AppendField(text, value);
  }
  return text;
}

void SortGroups(std::vector<std::string>& groups) {
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
}

}  // namespace gantry::iam
