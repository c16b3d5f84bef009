#pragma once

#include "base/clock.h"
#include "blob/blob_store.h"
#include "db/db.h"
#include "log/log.h"
#include "meta/ids.h"

namespace gantry::core {

class Epochs;

struct Settings {
  // How long a blob that no manifest needs is kept: the time between a client's first blob and its
  // manifest must fit.
  Duration grace_period = Hours(24);
  // How long a deletion can be undone; zero: not at all.
  Duration trash_period = Hours(7 * 24);
  // How long an upload is kept after its last byte.
  Duration upload_expiry = Hours(7 * 24);
  // Manifests may reference blobs, and indexes list manifests, that are not in the repository.
  bool allow_sparse_manifests = false;
};

// What every part of the registry works on; the parts are owned by the composition root and outlive
// this. Copyable: references and numbers.
struct Store {
  db::Db& db;
  blob::BlobStore& blobs;
  Epochs& epochs;
  meta::IdGenerator& ids;
  const Clock& clock;
  log::Logger& logger;
  Settings settings;
};

}  // namespace gantry::core
