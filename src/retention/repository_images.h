#pragma once

#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "meta/lifecycle.h"
#include "meta/repository_key.h"
#include "retention/image.h"

namespace gantry::retention {

// The images of one repository as the planner sees them, with the rows' ids beside.
struct RepositoryImages {
  meta::RepositoryId repository;
  std::vector<Image> images;  // by digest
  std::vector<meta::ManifestId> ids;
};

// One snapshot. not_found/name_unknown.
Result<RepositoryImages> ReadRepositoryImages(db::Tx& tx, const meta::RepositoryKey& key, Time now);

// The same from rows, for tests. Pure.
std::vector<Image> MakeImages(const meta::LifecycleRows& rows);

// What was there on a past day, as far as it is known: images and pulls since then are taken away.
// Tags, and what has been deleted since, are those of now.
void GoBackTo(Time past, RepositoryImages& repository);

}  // namespace gantry::retention
