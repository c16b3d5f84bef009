#include "server/registry.h"

#include <iterator>
#include <utility>

#include "api/admin/api.h"
#include "api/oci/api.h"
#include "crypto/random.h"
#include "db/migrate.h"
#include "meta/schema.h"
#include "meta/settings.h"
#include "server/backup.h"

namespace gantry::server {
namespace {

constexpr int64_t kManifestCacheBytes = 64 << 20;
constexpr size_t kUploadKeyBytes = 32;
constexpr Duration kNodePinPeriod = Hours(30 * 24);

// The key that signs upload ids: made once for an installation, so that every node and every
// restart knows the uploads of the others.
Result<std::string> UploadKey(db::Db& db) {
  const std::string fresh = crypto::RandomHex(kUploadKeyBytes);
  std::string key;
  TRY(db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(key, meta::EnsureSetting(tx, "upload_key", fresh));
    return Ok();
  }));
  return key;
}

}  // namespace

Result<std::unique_ptr<Registry>> Registry::Open(db::Db& db, blob::BlobStore& blobs,
                                                 const Clock& clock, log::Logger& logger,
                                                 const core::Settings& settings) {
  TRY(db::Migrate(db, meta::Migrations()));
  TRY_ASSIGN(std::string upload_key, UploadKey(db));
  return std::unique_ptr<Registry>(
      new Registry(db, blobs, clock, logger, settings, std::move(upload_key)));
}

Registry::Registry(db::Db& db, blob::BlobStore& blobs, const Clock& clock, log::Logger& logger,
                   const core::Settings& settings, std::string upload_key)
    : ids_(clock),
      store_{db, blobs, epochs_, ids_, clock, logger, settings},
      manifests_(store_, kManifestCacheBytes),
      blobs_(store_),
      uploads_(store_, std::move(upload_key)),
      listings_(store_),
      repositories_(store_),
      pulls_(store_, kNodePinPeriod),
      trash_(store_),
      collector_(store_, trash_, uploads_, &traffic_),
      scrubber_(store_),
      statistics_(store_) {}

std::vector<http::Route> Registry::OciRoutes(api::oci::Services::MayFunction may) {
  return api::oci::Routes({manifests_, blobs_, uploads_, listings_, std::move(may)});
}

std::vector<http::Route> Registry::AdminRoutes(const std::string& data,
                                               auth::AccessVersions& access) {
  return api::admin::Routes(
      {collector_, scrubber_, trash_, statistics_, access,
       [this, data](const std::string& directory) { return BackUp(store_, data, directory); }});
}

}  // namespace gantry::server
