#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/oci/api.h"
#include "auth/access_versions.h"
#include "base/clock.h"
#include "base/result.h"
#include "blob/blob_store.h"
#include "core/blobs.h"
#include "core/collector.h"
#include "core/epochs.h"
#include "core/listings.h"
#include "core/manifests.h"
#include "core/pulls.h"
#include "core/repositories.h"
#include "core/scrubber.h"
#include "core/statistics.h"
#include "core/store.h"
#include "core/trash.h"
#include "core/uploads.h"
#include "db/db.h"
#include "http/handler.h"
#include "log/log.h"
#include "meta/ids.h"

namespace gantry::server {

// The parts of core over one database and one blob store, and the routes of all dialects to them.
// Lives at one address. Threads: as its parts.
class Registry {
 public:
  // Brings the schema up to date and reads what the installation set for itself. All references
  // outlive the registry. Errors: those of db::Migrate and Db::Write.
  static Result<std::unique_ptr<Registry>> Open(db::Db& db, blob::BlobStore& blobs,
                                                const Clock& clock, log::Logger& logger,
                                                const core::Settings& settings);
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // They refer to this object. `may`: see api/oci/api.h.
  std::vector<http::Route> OciRoutes(api::oci::Services::MayFunction may);
  // `data`: the path of the data folder.
  std::vector<http::Route> AdminRoutes(const std::string& data, auth::AccessVersions& access);

  const core::Store& store() const { return store_; }
  // Counts what clients ask for; background work steps aside for it.
  core::Traffic& traffic() { return traffic_; }
  core::Collector& collector() { return collector_; }
  core::Scrubber& scrubber() { return scrubber_; }
  core::Manifests& manifests() { return manifests_; }
  core::Blobs& blobs() { return blobs_; }
  core::Uploads& uploads() { return uploads_; }
  core::Listings& listings() { return listings_; }
  core::Repositories& repositories() { return repositories_; }
  core::Pulls& pulls() { return pulls_; }
  core::Statistics& statistics() { return statistics_; }

 private:
  Registry(db::Db& db, blob::BlobStore& blobs, const Clock& clock, log::Logger& logger,
           const core::Settings& settings, std::string upload_key);

  core::Epochs epochs_;
  core::Traffic traffic_;
  meta::IdGenerator ids_;
  const core::Store store_;
  core::Manifests manifests_;
  core::Blobs blobs_;
  core::Uploads uploads_;
  core::Listings listings_;
  core::Repositories repositories_;
  core::Pulls pulls_;
  core::Trash trash_;
  core::Collector collector_;
  core::Scrubber scrubber_;
  core::Statistics statistics_;
};

}  // namespace gantry::server
