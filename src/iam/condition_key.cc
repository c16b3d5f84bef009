#include "iam/condition_key.h"

#include <algorithm>
#include <utility>

#include "base/suggest.h"

namespace gantry::iam {

enum class ConditionKey::Source : uint8_t {
  kAbsent,
  kFalse,
  kSourceIp,
  kCurrentTime,
  kEpochTime,
  kSecureTransport,
  kUserAgent,
  kRequestTag,
  kTagKeys,
  kPrincipalArn,
  kPrincipalAccount,
  kPrincipalType,
  kPrincipalText,
  kPrincipalKind,
  kAttribute,
  kUserName,
  kUserId,
  kGroups,
  kResourceAccount,
  kResourceTag,
  kProject,
  kRepository,
  kAction,
};

namespace {

using enum ConditionKey::Source;

struct Known {
  std::string_view name;  // one that ends in '/' takes an argument
  ConditionKey::Source source;
  bool fixed;
};

constexpr Known kKnown[] = {
    {"aws:SourceIp", kSourceIp, false},
    {"aws:CurrentTime", kCurrentTime, false},
    {"aws:EpochTime", kEpochTime, false},
    {"aws:SecureTransport", kSecureTransport, false},
    {"aws:UserAgent", kUserAgent, false},
    {"aws:RequestTag/", kRequestTag, false},
    {"aws:TagKeys", kTagKeys, false},
    {"aws:PrincipalArn", kPrincipalArn, true},
    {"aws:PrincipalAccount", kPrincipalAccount, true},
    {"aws:PrincipalType", kPrincipalType, true},
    {"aws:PrincipalTag/", kAttribute, true},
    {"aws:username", kUserName, true},
    {"aws:userid", kUserId, true},
    {"aws:ResourceAccount", kResourceAccount, true},
    {"aws:ResourceTag/", kResourceTag, false},
    {"ecr:ResourceTag/", kResourceTag, false},
    {"gantry:SourceIp", kSourceIp, false},
    {"gantry:CurrentTime", kCurrentTime, false},
    {"gantry:EpochTime", kEpochTime, false},
    {"gantry:SecureTransport", kSecureTransport, false},
    {"gantry:UserAgent", kUserAgent, false},
    {"gantry:RequestTag/", kRequestTag, false},
    {"gantry:TagKeys", kTagKeys, false},
    {"gantry:ResourceTag/", kResourceTag, false},
    {"gantry:Principal", kPrincipalText, true},
    {"gantry:PrincipalAccount", kPrincipalAccount, true},
    {"gantry:PrincipalKind", kPrincipalKind, true},
    {"gantry:Attribute/", kAttribute, true},
    {"gantry:Groups", kGroups, true},
    {"gantry:Project", kProject, true},
    {"gantry:Repository", kRepository, true},
    {"gantry:Action", kAction, true},
    {"aws:PrincipalIsAWSService", kFalse, true},
    {"aws:ViaAWSService", kFalse, true},
    {"aws:CalledVia", kAbsent, true},
    {"aws:FederatedProvider", kAbsent, true},
    {"aws:MultiFactorAuthAge", kAbsent, true},
    {"aws:MultiFactorAuthPresent", kAbsent, true},
    {"aws:PrincipalOrgID", kAbsent, true},
    {"aws:PrincipalOrgPaths", kAbsent, true},
    {"aws:PrincipalServiceName", kAbsent, true},
    {"aws:Referer", kAbsent, true},
    {"aws:RequestedRegion", kAbsent, true},
    {"aws:ResourceOrgID", kAbsent, true},
    {"aws:ResourceOrgPaths", kAbsent, true},
    {"aws:SourceAccount", kAbsent, true},
    {"aws:SourceArn", kAbsent, true},
    {"aws:SourceOrgID", kAbsent, true},
    {"aws:SourceVpc", kAbsent, true},
    {"aws:SourceVpce", kAbsent, true},
    {"aws:TokenIssueTime", kAbsent, true},
    {"aws:VpcSourceIp", kAbsent, true},
};

constexpr size_t kKeyLengthMax = 256;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return Lower(x) == Lower(y); });
}

std::vector<std::string> OneUnlessEmpty(std::string_view value) {
  if (value.empty()) return {};
  return {std::string(value)};
}

std::vector<std::string> Find(const Tags& tags, std::string_view key) {
  const auto found = tags.find(key);
  if (found == tags.end()) return {};
  return {found->second};
}

std::vector<std::string> Keys(const Tags& tags) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags) keys.push_back(key);
  return keys;
}

std::string_view PrincipalType(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::kAnonymous:
      return "Anonymous";
    case PrincipalKind::kUser:
    case PrincipalKind::kRobot:
      return "User";
    case PrincipalKind::kWorkload:
    case PrincipalKind::kNode:
      return "AssumedRole";
  }
  return {};
}

}  // namespace

Result<ConditionKey> ConditionKey::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view name = text.substr(0, slash == std::string_view::npos ? slash : slash + 1);
  const std::string_view argument =
      slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  const bool complete = argument.empty() == (slash == std::string_view::npos);
  for (const Known& known : kKnown) {
    if (complete && text.size() <= kKeyLengthMax && EqualIgnoringCase(known.name, name)) {
      return ConditionKey(known.source, known.fixed, text, argument);
    }
  }
  std::vector<std::string> names;
  for (const Known& known : kKnown) names.emplace_back(known.name);
  std::string message = "no condition key is called \"" + std::string(text.substr(0, 128)) + "\"";
  if (const auto nearest = Nearest(name, names)) {
    message += "; did you mean " + *nearest + (nearest->ends_with('/') ? "KEY?" : "?");
  }
  return InvalidArgument("condition_key_unknown", std::move(message));
}

std::vector<std::string> ConditionKey::Values(const Request& request) const {
  const Principal& principal = request.principal;
  const RequestContext& context = request.context;
  switch (source_) {
    case kAbsent:
      return {};
    case kFalse:
      return {"false"};
    case kSourceIp:
      return OneUnlessEmpty(context.source_ip);
    case kCurrentTime:
      return {FormatTime(context.now)};
    case kEpochTime:
      return {std::to_string(context.now.micros / 1'000'000)};
    case kSecureTransport:
      return {context.secure_transport ? "true" : "false"};
    case kUserAgent:
      return OneUnlessEmpty(context.user_agent);
    case kRequestTag:
      return Find(context.request_tags, argument_);
    case kTagKeys:
      return Keys(context.request_tags);
    case kPrincipalArn:
      return {principal.Arn()};
    case kPrincipalAccount:
      if (principal.IsAnonymous()) return {};
      return {std::string(principal.account.text())};
    case kPrincipalType:
      return {std::string(PrincipalType(principal.kind))};
    case kPrincipalText:
      return {principal.Text()};
    case kPrincipalKind:
      return {std::string(PrincipalKindName(principal.kind))};
    case kAttribute:
      return Find(principal.attributes, argument_);
    case kUserName:
      if (PrincipalType(principal.kind) != "User") return {};
      return {principal.name};
    case kUserId:
      return {principal.IsAnonymous() ? "anonymous" : principal.FullText()};
    case kGroups:
      return principal.groups;
    case kResourceAccount:
      return {std::string(request.resource.account().text())};
    case kResourceTag:
      return Find(context.resource_tags, argument_);
    case kProject:
      if (request.resource.kind() == ResourceKind::kAccount) return {};
      return {std::string(request.resource.project())};
    case kRepository:
      return OneUnlessEmpty(request.resource.repository());
    case kAction:
      return {std::string(ActionName(request.action))};
  }
  return {};
}

}  // namespace gantry::iam
