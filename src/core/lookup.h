#pragma once

#include "base/result.h"
#include "db/db.h"
#include "meta/ids.h"
#include "oci/reference.h"

namespace gantry::core {

// The repository's id, or not_found/name_unknown.
Result<meta::RepositoryId> RequireRepository(db::Tx& tx, const oci::RepositoryName& name);

// not_found/name_unknown when the repository does not exist, else `missing`: the error for
// something that was not found in it.
Error NotFoundIn(db::Tx& tx, const oci::RepositoryName& name, Error missing);

Error NameUnknown(const oci::RepositoryName& name);
Error ManifestUnknown(const oci::RepositoryName& name, std::string_view reference);
Error BlobUnknown(const oci::RepositoryName& name, std::string_view digest);

}  // namespace gantry::core
