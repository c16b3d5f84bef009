#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/store.h"
#include "iam/account_id.h"
#include "meta/manifests.h"
#include "meta/repositories.h"
#include "meta/repository_key.h"
#include "meta/tags.h"
#include "oci/digest.h"

namespace gantry::core {

// One page of anything: `more` says whether another page follows.
template <typename T>
struct Page {
  std::vector<T> items;
  bool more = false;
};

struct TagQuery {
  meta::TagPage page;
  std::string glob;  // only names that match ('*' and '?'); "" for all
};

// Lists of what is there, paged by key: a page costs O(log n + page) wherever it starts.
// Threads: all methods from any thread; all block.
class Listings {
 public:
  explicit Listings(const Store& store) : store_(store) {}

  // Names in byte order after `last` (which need not exist; "" from the start).
  // not_found/name_unknown.
  Result<Page<std::string>> TagNames(const meta::RepositoryKey& repository, const std::string& last,
                                     int64_t limit);
  // Sorted, filtered, with digests, sizes and times. With a glob a page looks at no more than
  // 10,000 tags, so it can be short, or empty, with `more` set; `next` is where to go on.
  struct TagListings {
    std::vector<meta::TagListing> items;
    std::optional<meta::TagListing> next;  // the last tag looked at, when more follow
  };
  Result<TagListings> Tags(const meta::RepositoryKey& repository, const TagQuery& query);

  // Of one account, in byte order of their names after `last`.
  Result<Page<std::string>> Repositories(const iam::AccountId& account, const std::string& last,
                                         int64_t limit);
  Result<Page<meta::Repository>> RepositoryDetails(const iam::AccountId& account,
                                                   const std::string& last, int64_t limit);

  // The manifests whose subject is `subject`, in byte order of digests after `last`, those of the
  // legacy tag "sha256-<hex>" merged in. Empty when there are none, also without repository (OCI
  // distribution 1.1, listing referrers: never 404).
  Result<Page<meta::ReferrerRow>> Referrers(const meta::RepositoryKey& repository,
                                            const oci::Digest& subject,
                                            const std::string& artifact_type,
                                            const std::string& last, int64_t limit);

 private:
  Store store_;
};

}  // namespace gantry::core
