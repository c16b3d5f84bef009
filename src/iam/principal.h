#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/account_id.h"

namespace gantry::iam {

enum class PrincipalKind : uint8_t { kAnonymous, kUser, kRobot, kWorkload, kNode };

// "anonymous", "user", "robot", "workload", "node"
std::string_view PrincipalKindName(PrincipalKind kind);

// Who acts, as authentication found out. Anonymous has the account it visits, no name, no groups
// and no attributes.
struct Principal {
  AccountId account;
  PrincipalKind kind = PrincipalKind::kAnonymous;
  std::string name{};                 // of a workload TRUST/SUBJECT
  std::vector<std::string> groups{};  // names, sorted by bytes, none twice
  std::map<std::string, std::string, std::less<>> attributes{};  // claims and tags

  bool IsAnonymous() const { return kind == PrincipalKind::kAnonymous; }

  // "user:alice", "robot:ci", "workload:TRUST/SUBJECT", "node:NAME", "anonymous": within its
  // account.
  std::string Text() const;
  // "123456789012/user:alice"
  std::string FullText() const;
  // "arn:aws:iam::123456789012:user/alice", ":robot/ci", ":node/NAME", ":anonymous"; of a workload
  // "arn:aws:sts::123456789012:assumed-role/TRUST/SUBJECT".
  std::string Arn() const;
  // All that a decision can depend on, in one text that no other principal has: account, kind,
  // name, groups and attributes. What a cache of decisions is keyed by; made once a session.
  std::string IdentityText() const;
};

// Brings groups into the order that Principal asks for.
void SortGroups(std::vector<std::string>& groups);

}  // namespace gantry::iam
