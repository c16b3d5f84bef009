#pragma once

#include <string>

#include "base/result.h"
#include "core/backup.h"
#include "core/store.h"
#include "server/config.h"

namespace gantry::server {

// Copies a store that may be in use into a data folder of its own, with an embedded database; with
// the key of its secrets and the audit log, which are in the folder `data`.
// The folder is made if absent; it must not hold another store. Errors: those of DataFolder::Lock
// and core::CopyStore.
Result<core::BackupProgress> BackUp(const core::Store& from, const std::string& data,
                                    const std::string& directory);

// Fills the empty store of `config` from such a folder. `from` stays as it is, but for its schema,
// which is brought up to date. Errors: as BackUp.
Result<core::BackupProgress> RestoreFrom(const std::string& from, const Config& config);

}  // namespace gantry::server
