#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iam/account_id.h"

namespace gantry::iam {

enum class ResourceKind : uint8_t { kAccount, kProject, kRepository };

// What something is done to: an account, a project of it, or a repository.
class Resource {
 public:
  static Resource Account(const AccountId& account);
  // `project` is "" for the root project.
  static Resource Project(const AccountId& account, std::string_view project);
  // `repository` is a full name, checked by whoever has it.
  static Resource Repository(const AccountId& account, std::string_view repository);
  // Reads what Text writes. invalid_argument/resource_invalid
  static Result<Resource> Parse(std::string_view text);

  const AccountId& account() const { return account_; }
  ResourceKind kind() const { return kind_; }
  // The project itself, or that of the repository (its first component; "" for a name of one); ""
  // for an account. A view of this resource.
  std::string_view project() const;
  // The full name; "" unless it is a repository.
  std::string_view repository() const;

  // "ACCOUNT/*", "ACCOUNT/project/NAME", "ACCOUNT/repository/NAME"
  std::string Text() const;
  bool operator==(const Resource&) const = default;

 private:
  Resource(const AccountId& account, ResourceKind kind, std::string_view name)
      : account_(account), kind_(kind), name_(name) {}

  AccountId account_;
  ResourceKind kind_;
  std::string name_;  // of the project or repository
};

// Resources by pattern: all of one account or of every account, projects with everything in them,
// or repositories, the last two with '*' and '?' as wildcards ('*' crosses '/', as AWS has it).
class ResourcePattern {
 public:
  enum class Kind : uint8_t { kNothing, kEverything, kProject, kRepository };

  // "*" (everything, everywhere), "ACCOUNT/*", "ACCOUNT/project/GLOB", "ACCOUNT/repository/GLOB",
  // where ACCOUNT is an id or "*", or is left out with its '/' and means `home`; or an ARN,
  // "arn:aws:ecr:REGION:ACCOUNT:repository/GLOB" or "…:*". The ARN's partition and region are not
  // compared: an installation is one region. An ARN of another service is a pattern of nothing.
  // invalid_argument/resource_invalid
  static Result<ResourcePattern> Parse(std::string_view text, const AccountId& home);
  static ResourcePattern Everything() { return {std::nullopt, Kind::kEverything, ""}; }
  // That resource and everything in it.
  static ResourcePattern In(const Resource& scope);

  bool Matches(const Resource& resource) const;
  // Whether everything that `other` matches is certain to match here; may say no where it is so.
  bool Covers(const ResourcePattern& other) const;

  // nullopt: of every account
  const std::optional<AccountId>& account() const { return account_; }
  Kind kind() const { return kind_; }
  const std::string& glob() const { return glob_; }
  bool IsExact() const { return glob_.find_first_of("*?") == std::string::npos; }
  // As Parse reads it, with the account always named; "-" for nothing.
  std::string Text() const;
  bool operator==(const ResourcePattern&) const = default;

 private:
  ResourcePattern(std::optional<AccountId> account, Kind kind, std::string_view glob)
      : account_(account), kind_(kind), glob_(glob) {}
  static Result<ResourcePattern> ParsePath(std::string_view text, std::string_view path,
                                           const std::optional<AccountId>& account);
  static Result<ResourcePattern> ParseArn(std::string_view arn);

  std::optional<AccountId> account_;
  Kind kind_;
  std::string glob_;  // "" for kNothing and kEverything
};

}  // namespace gantry::iam
