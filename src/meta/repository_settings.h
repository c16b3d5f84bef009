#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"

// Queries over what a repository is set to, and its labels (ECR: resource tags).
namespace gantry::meta {

// Which tags can be moved to another manifest (ECR's four modes). The filters are the exceptions of
// the two last.
enum class TagMutability {
  kMutable,
  kImmutable,
  kImmutableWithExclusion,  // immutable but for tags that match a filter
  kMutableWithExclusion,    // mutable but for tags that match a filter
};
// "MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"
std::string_view TagMutabilityName(TagMutability mutability);
std::optional<TagMutability> FindTagMutability(std::string_view name);

struct RepositorySettings {
  TagMutability tag_mutability = TagMutability::kMutable;
  // Of [0-9a-zA-Z._*-], whole tags; '*' stands for any run of characters.
  std::vector<std::string> mutability_filters{};
  bool scan_on_push = false;
  std::string encryption = R"({"encryptionType":"AES256"})";  // JSON
  std::string description{};
  Time updated_at{};  // zero while nothing was ever set

  // All but the time.
  bool operator==(const RepositorySettings& other) const;
};

// The defaults when nothing was set.
Result<RepositorySettings> ReadRepositorySettings(db::Tx& tx, RepositoryId repository);
Result<void> PutRepositorySettings(db::Tx& tx, RepositoryId repository,
                                   const RepositorySettings& settings);
// Settings and labels are as those of a new repository.
Result<void> DeleteRepositorySettings(db::Tx& tx, RepositoryId repository);

using Label = std::pair<std::string, std::string>;
// In byte order of keys.
Result<std::vector<Label>> ListLabels(db::Tx& tx, RepositoryId repository);
Result<void> PutLabel(db::Tx& tx, RepositoryId repository, const Label& label);
// No change when there is none.
Result<void> DeleteLabel(db::Tx& tx, RepositoryId repository, const std::string& key);

}  // namespace gantry::meta
