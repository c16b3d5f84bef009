#pragma once

#include "meta/manifests.h"

// Shared by manifests.cc and manifests_trash.cc only.
namespace gantry::meta {

// Of a row that begins with the columns id, digest, media_type, kind, artifact_type, size,
// content_size, pushed_at, trash_id.
ManifestRow ManifestRowOf(const db::Row& row);

// A manifest comes to (1) or goes from (-1) what the repository shows.
Result<void> CountManifest(db::Tx& tx, RepositoryId repository, ManifestId manifest, int64_t count,
                           int64_t size, Time now);

}  // namespace gantry::meta
