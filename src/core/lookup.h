#pragma once

#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "meta/repository_key.h"

namespace gantry::core {

// The repository's id, or not_found/name_unknown.
Result<meta::RepositoryId> RequireRepository(db::Tx& tx, const meta::RepositoryKey& repository);

// not_found/name_unknown when the repository does not exist, else `missing`: the error for
// something that was not found in it.
Error NotFoundIn(db::Tx& tx, const meta::RepositoryKey& repository, Error missing);

Error NameUnknown(const meta::RepositoryKey& repository);
Error ManifestUnknown(const meta::RepositoryKey& repository, std::string_view reference);
Error BlobUnknown(const meta::RepositoryKey& repository, std::string_view digest);

}  // namespace gantry::core
