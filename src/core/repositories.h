#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/deletion.h"
#include "core/listings.h"
#include "core/store.h"
#include "meta/images.h"
#include "meta/repositories.h"
#include "meta/repository_key.h"
#include "meta/repository_settings.h"
#include "oci/digest.h"
#include "oci/reference.h"

namespace gantry::core {

inline constexpr size_t kLabelsMax = 50;            // of one repository
inline constexpr size_t kMutabilityFiltersMax = 5;  // ECR: at most 5

// A repository as dialects describe it.
struct RepositoryDescription {
  meta::Repository repository;
  meta::RepositorySettings settings;
};

// Repositories with what they are set to. (The first push to a name makes one, too: it takes its
// settings from the creation template of the longest prefix, core/creation_templates.h.)
// Threads: all methods from any thread; all block.
class Repositories {
 public:
  explicit Repositories(const Store& store) : store_(store) {}

  // already_exists/repository_exists; invalid_argument/filter_invalid, /label_invalid;
  // resource_exhausted/too_many_labels.
  Result<RepositoryDescription> Create(const meta::RepositoryKey& key,
                                       const meta::RepositorySettings& settings,
                                       const std::vector<meta::Label>& labels);
  // not_found/name_unknown, as all below.
  Result<RepositoryDescription> Describe(const meta::RepositoryKey& key);
  // Those whose names begin with `prefix`, in byte order after `after` ("" from the start).
  Result<Page<RepositoryDescription>> List(const iam::AccountId& account, const std::string& prefix,
                                           const std::string& after, int64_t limit);

  // `change` gets what is set and changes it; it may be called more than once.
  // invalid_argument/filter_invalid.
  Result<RepositoryDescription> UpdateSettings(
      const meta::RepositoryKey& key, const std::function<void(meta::RepositorySettings&)>& change);

  // Moves the repository into the trash with all that is in it, as one run.
  // failed_precondition/repository_not_empty unless `not_empty_too`;
  // failed_precondition/image_pinned unless `deletion.force`. Returns what it was, and its run.
  struct Deleted {
    RepositoryDescription description;
    meta::RunId run;
  };
  Result<Deleted> Delete(const meta::RepositoryKey& key, bool not_empty_too,
                         const Deletion& deletion);

  Result<std::vector<meta::Label>> Labels(const meta::RepositoryKey& key);
  // Adds or replaces. resource_exhausted/too_many_labels; invalid_argument/label_invalid.
  Result<void> PutLabels(const meta::RepositoryKey& key, const std::vector<meta::Label>& labels);
  Result<void> RemoveLabels(const meta::RepositoryKey& key, const std::vector<std::string>& keys);

  // In byte order of digests after `after`.
  Result<Page<meta::Image>> Images(const meta::RepositoryKey& key, meta::ImageFilter filter,
                                   const std::string& after, int64_t limit);
  // not_found/manifest_unknown.
  Result<meta::Image> ImageOf(const meta::RepositoryKey& key, const oci::Reference& reference);

  // A locked tag is neither moved nor deleted. not_found/manifest_unknown.
  Result<void> LockTag(const meta::RepositoryKey& key, const oci::Tag& tag, bool locked);

 private:
  Store store_;
};

// 1 to 128 of [0-9a-zA-Z._*-] each, at most 5, and none where the mode has no exceptions.
// invalid_argument/filter_invalid.
Result<void> CheckMutability(const meta::RepositorySettings& settings);

}  // namespace gantry::core
