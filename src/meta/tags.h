#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "oci/reference.h"

// Queries over tags.
namespace gantry::meta {

struct TagRow {
  std::string name;
  ManifestId manifest;
  Time created_at;
  Time updated_at;
  bool locked = false;  // stays where it is
};

Result<std::optional<TagRow>> FindTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag);

// Creates the tag and counts it. False: it exists.
Result<bool> CreateTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag,
                       ManifestId manifest, Time now);
// Creates the tag or moves it; counts a new one. updated_at does not change when the tag already
// points at that manifest.
Result<void> SetTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag, ManifestId manifest,
                    Time now);

// False: there is no such tag.
Result<bool> LockTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag, bool locked);
// The tags of one manifest, in any order.
Result<std::vector<TagRow>> ListTagsOf(db::Tx& tx, ManifestId manifest);

// Moves tags into the trash; returns how many. REQUIRES: the row of `trash` is there.
Result<int64_t> TrashTag(db::Tx& tx, RepositoryId repository, const oci::Tag& tag, TrashId trash,
                         Time now);
Result<int64_t> TrashTagsOf(db::Tx& tx, RepositoryId repository, ManifestId manifest, TrashId trash,
                            Time now);
// The tags a deletion put into the trash whose manifest is not in the trash.
Result<std::vector<TagRow>> ListTrashedTags(db::Tx& tx, TrashId trash);
Result<void> DeleteTrashedTags(db::Tx& tx, TrashId trash);

enum class TagOrder { kName, kTime };
struct TagPage {
  TagOrder order = TagOrder::kName;
  bool descending = false;
  // Where the page starts (exclusive): the last name of the page before, and for kTime the time it
  // had; nullopt for the first page. The tag itself need not exist any more.
  std::optional<std::string> after_name;
  Time after_time;
  int64_t limit = 0;
};
struct TagListing {
  std::string name;
  std::string digest;
  std::string media_type;
  int64_t size = 0;  // body and declared content of the manifest
  Time created_at;
  Time updated_at;
  bool locked = false;
};
// Names only, in byte order after `after` ("" from the start).
Result<std::vector<std::string>> ListTagNames(db::Tx& tx, RepositoryId repository,
                                              const std::string& after, int64_t limit);
Result<std::vector<TagListing>> ListTags(db::Tx& tx, RepositoryId repository, const TagPage& page);

}  // namespace gantry::meta
