#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iam/account_id.h"
#include "iam/principal.h"

namespace gantry::iam {

// Whom a statement or a binding speaks of.
class PrincipalPattern {
 public:
  enum class Form : uint8_t {
    kNobody,         // an AWS service: nobody here
    kAnyone,         // anonymous included, of every account
    kAuthenticated,  // everybody of one account but anonymous
    kAnonymous,      // nobody who logged in
    kNamed,          // one user, robot, workload or node, or several by wildcard
    kGroup,
    kAttribute,  // workloads of a trust with an attribute of that value
  };

  // Gantry's own words: "user:alice", "robot:ci", "group:devs", "workload:TRUST/SUBJECT",
  // "node:NAME", "attribute:TRUST/KEY=VALUE", "anonymous", "authenticated", each of the account
  // `home`, or of another one with "ACCOUNT/" before it; "*" (anyone), "ACCOUNT/*" (as
  // "ACCOUNT/authenticated"). Names of users, robots, workloads and nodes take '*' and '?' as
  // wildcards. Reads what Text writes. invalid_argument/principal_invalid
  static Result<PrincipalPattern> Parse(std::string_view text, const AccountId& home);

  // As AWS's documents say it: "*", "ACCOUNT" and "arn:aws:iam::ACCOUNT:root" (everybody of the
  // account), "arn:aws:iam::ACCOUNT:user/NAME" (also robot/, node/, group/),
  // "arn:aws:iam::ACCOUNT:role/TRUST" and "arn:aws:sts::ACCOUNT:assumed-role/TRUST/SUBJECT"
  // (workloads); no wildcards but the first, as AWS has it. Gantry's own words are read as well.
  // invalid_argument/principal_invalid
  static Result<PrincipalPattern> ParseAws(std::string_view text, const AccountId& home);

  // A member as Artifact Registry says it: "user:", "serviceAccount:" (a robot), "group:",
  // "domain:example.com" (users of that domain), "allUsers" (anyone), "allAuthenticatedUsers" (of
  // this account), "principal://…/workloadIdentityPools/TRUST/subject/SUBJECT",
  // "principalSet://…/workloadIdentityPools/TRUST/" with "*", "group/NAME" or
  // "attribute.KEY/VALUE". Gantry's own words are read as well. invalid_argument/principal_invalid
  static Result<PrincipalPattern> ParseMember(std::string_view text, const AccountId& home);

  static PrincipalPattern Nobody() { return PrincipalPattern(Form::kNobody, AccountId::Default()); }
  static PrincipalPattern Anyone() { return PrincipalPattern(Form::kAnyone, AccountId::Default()); }

  bool Matches(const Principal& principal) const;
  // Whether everybody whom `other` matches is certain to match here; may say no where it is so.
  bool Covers(const PrincipalPattern& other) const;

  Form form() const { return form_; }
  // Of kNobody and kAnyone without meaning.
  const AccountId& account() const { return account_; }
  // Of kNamed: which kind.
  PrincipalKind kind() const { return kind_; }
  // Of kNamed the name or its glob, of kGroup the group, of kAttribute "TRUST/KEY=VALUE".
  const std::string& name() const { return name_; }
  bool IsExact() const { return name_.find_first_of("*?") == std::string::npos; }

  // As Parse reads it: within `home` without the account, else with it.
  std::string Text(const AccountId& home) const;
  bool operator==(const PrincipalPattern&) const = default;

 private:
  PrincipalPattern(Form form, const AccountId& account,
                   PrincipalKind kind = PrincipalKind::kAnonymous, std::string_view name = {})
      : form_(form), kind_(kind), account_(account), name_(name) {}
  static std::optional<PrincipalPattern> FromWords(std::string_view text, const AccountId& account);
  static std::optional<PrincipalPattern> FromArn(std::string_view arn);
  static std::optional<PrincipalPattern> FromPool(std::string_view text, const AccountId& home);

  Form form_;
  PrincipalKind kind_;
  AccountId account_;
  std::string name_;
};

}  // namespace gantry::iam
