#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "blob/blob_store.h"
#include "core/store.h"
#include "db/db.h"

namespace gantry::core {

struct BackupProgress {
  int64_t rows = 0;   // of the database, so far
  int64_t blobs = 0;  // copied, so far
  int64_t blob_bytes = 0;
  int64_t blob_bytes_total = 0;  // known once the database is copied
};

// Copies a whole store: first one snapshot of the database, then every blob it knows, checking each
// against its digest on the way. A hold keeps the collection from removing blobs meanwhile, so that
// a store that is being served is copied consistently; pushes and pulls go on.
//
// Backup, restore, and the move between engines are all this function: from the store that is
// served to another folder, or back. `to_db` is migrated and empty, `to_blobs` may already hold
// some of the blobs (they are not copied again). corruption/blob_damaged names the first blob that
// is not good at its source.
Result<BackupProgress> CopyStore(const Store& from, db::Db& to_db, blob::BlobStore& to_blobs,
                                 const std::function<void(const BackupProgress&)>& on_progress);

}  // namespace gantry::core
