#include "iam/resource.h"

#include <array>

#include "base/glob.h"

namespace gantry::iam {
namespace {

constexpr std::string_view kProjectPrefix = "project/";
constexpr std::string_view kRepositoryPrefix = "repository/";
constexpr size_t kPatternLengthMax = 512;

std::string_view ProjectOf(std::string_view repository) {
  const size_t slash = repository.find('/');
  return slash == std::string_view::npos ? std::string_view() : repository.substr(0, slash);
}

Error Invalid(std::string_view text) {
  return InvalidArgument(
      "resource_invalid",
      "\"" + std::string(text.substr(0, 128)) +
          "\" is no resource; write ACCOUNT/repository/NAME, ACCOUNT/project/NAME, ACCOUNT/*, "
          "arn:aws:ecr:REGION:ACCOUNT:repository/NAME or *");
}

// Cuts what stands before the next `separator`, and that, from the front; false: there is none.
bool Cut(std::string_view& text, char separator, std::string_view& head) {
  const size_t at = text.find(separator);
  if (at == std::string_view::npos) return false;
  head = text.substr(0, at);
  text.remove_prefix(at + 1);
  return true;
}

}  // namespace

Resource Resource::Account(const AccountId& account) {
  return {account, ResourceKind::kAccount, ""};
}

Resource Resource::Project(const AccountId& account, std::string_view project) {
  return {account, ResourceKind::kProject, project};
}

Resource Resource::Repository(const AccountId& account, std::string_view repository) {
  return {account, ResourceKind::kRepository, repository};
}

Result<Resource> Resource::Parse(std::string_view text) {
  std::string_view path = text;
  std::string_view head;
  if (!Cut(path, '/', head)) return Invalid(text);
  const auto account = AccountId::Parse(head);
  if (!account.ok() || path.find_first_of("*?") != std::string_view::npos) {
    return account.ok() && path == "*" ? Result<Resource>(Account(*account)) : Invalid(text);
  }
  if (path.starts_with(kProjectPrefix)) {
    return Project(*account, path.substr(kProjectPrefix.size()));
  }
  if (path.starts_with(kRepositoryPrefix) && path.size() > kRepositoryPrefix.size()) {
    return Repository(*account, path.substr(kRepositoryPrefix.size()));
  }
  return Invalid(text);
}

std::string_view Resource::project() const {
  return kind_ == ResourceKind::kRepository ? ProjectOf(name_) : std::string_view(name_);
}

std::string_view Resource::repository() const {
  return kind_ == ResourceKind::kRepository ? std::string_view(name_) : std::string_view();
}

std::string Resource::Text() const {
  std::string text(account_.text());
  text += '/';
  switch (kind_) {
    case ResourceKind::kAccount:
      return text + '*';
    case ResourceKind::kProject:
      return text.append(kProjectPrefix) + name_;
    case ResourceKind::kRepository:
      return text.append(kRepositoryPrefix) + name_;
  }
  return text;
}

Result<ResourcePattern> ResourcePattern::ParsePath(std::string_view text, std::string_view path,
                                                   const std::optional<AccountId>& account) {
  if (path == "*") return ResourcePattern(account, Kind::kEverything, "");
  if (path.starts_with(kProjectPrefix)) {
    return ResourcePattern(account, Kind::kProject, path.substr(kProjectPrefix.size()));
  }
  if (path.starts_with(kRepositoryPrefix) && path.size() > kRepositoryPrefix.size()) {
    return ResourcePattern(account, Kind::kRepository, path.substr(kRepositoryPrefix.size()));
  }
  return Invalid(text);
}

Result<ResourcePattern> ResourcePattern::ParseArn(std::string_view arn) {
  std::string_view rest = arn;
  std::array<std::string_view, 5> fields;  // arn, partition, service, region, account
  for (std::string_view& field : fields) {
    if (!Cut(rest, ':', field)) return Invalid(arn);
  }
  const std::string_view service = fields[2];
  if (service.find_first_of("*?") != std::string_view::npos) return Invalid(arn);
  if (service != "ecr") return ResourcePattern(std::nullopt, Kind::kNothing, "");
  if (fields[4] == "*") return ParsePath(arn, rest, std::nullopt);
  const auto account = AccountId::Parse(fields[4]);
  if (!account.ok()) return Invalid(arn);
  return ParsePath(arn, rest, *account);
}

Result<ResourcePattern> ResourcePattern::Parse(std::string_view text, const AccountId& home) {
  if (text.size() > kPatternLengthMax) return Invalid(text);
  if (text == "*") return Everything();
  if (text.starts_with("arn:")) return ParseArn(text);
  if (text.starts_with(kProjectPrefix) || text.starts_with(kRepositoryPrefix)) {
    return ParsePath(text, text, home);
  }
  std::string_view path = text;
  std::string_view head;
  if (!Cut(path, '/', head)) return Invalid(text);
  if (head == "*") return ParsePath(text, path, std::nullopt);
  const auto account = AccountId::Parse(head);
  if (!account.ok()) return Invalid(text);
  return ParsePath(text, path, *account);
}

ResourcePattern ResourcePattern::In(const Resource& scope) {
  switch (scope.kind()) {
    case ResourceKind::kAccount:
      break;
    case ResourceKind::kProject:
      return {scope.account(), Kind::kProject, scope.project()};
    case ResourceKind::kRepository:
      return {scope.account(), Kind::kRepository, scope.repository()};
  }
  return {scope.account(), Kind::kEverything, ""};
}

bool ResourcePattern::Matches(const Resource& resource) const {
  if (account_ && *account_ != resource.account()) return false;
  switch (kind_) {
    case Kind::kNothing:
      return false;
    case Kind::kEverything:
      return true;
    case Kind::kProject:
      return resource.kind() != ResourceKind::kAccount && GlobMatches(glob_, resource.project());
    case Kind::kRepository:
      return resource.kind() == ResourceKind::kRepository &&
             GlobMatches(glob_, resource.repository());
  }
  return false;
}

bool ResourcePattern::Covers(const ResourcePattern& other) const {
  if (other.kind_ == Kind::kNothing) return true;
  if (account_ && account_ != other.account_) return false;
  if (kind_ == Kind::kEverything || *this == other) return true;
  if (kind_ == Kind::kProject && other.kind_ == Kind::kRepository) {
    // The project is certain when a '/' stands before the first wildcard, or there is none.
    const std::string_view known =
        std::string_view(other.glob_).substr(0, other.glob_.find_first_of("*?"));
    if (!other.IsExact() && known.find('/') == std::string_view::npos) return glob_ == "*";
    return GlobMatches(glob_, ProjectOf(known));
  }
  // A wildcard of the other is an ordinary character to this one's '*'.
  return kind_ == other.kind_ && glob_.find('?') == std::string::npos &&
         GlobMatches(glob_, other.glob_);
}

std::string ResourcePattern::Text() const {
  if (kind_ == Kind::kNothing) return "-";
  if (kind_ == Kind::kEverything && !account_) return "*";
  std::string text(account_ ? account_->text() : "*");
  text += '/';
  if (kind_ == Kind::kEverything) return text + '*';
  text += kind_ == Kind::kProject ? kProjectPrefix : kRepositoryPrefix;
  return text + glob_;
}

}  // namespace gantry::iam
