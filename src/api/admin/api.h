#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/backup.h"
#include "core/collector.h"
#include "core/listings.h"
#include "core/scrubber.h"
#include "core/statistics.h"
#include "core/trash.h"
#include "http/handler.h"

namespace gantry::api::admin {

// What this dialect speaks to; outlives the routes.
struct Services {
  core::Collector& collector;
  core::Scrubber& scrubber;
  core::Trash& trash;
  core::Listings& listings;
  core::Statistics& statistics;
  // Copies everything into a folder of this machine; core::CopyStore with stores that the
  // composition root names.
  std::function<Result<core::BackupProgress>(const std::string& directory)> backup;
};

// Gantry's own API under /admin/v1/, JSON throughout; errors as
// {"error":{"reason","message","detail"}}. Answered on the control socket only: the file's
// permissions say who may use it.
//
// - POST /admin/v1/collections: runs the collection, answers what it did
// - POST /admin/v1/scrubs?after=D&bytes=N&rate=N: checks blobs after digest D until N bytes were
// read
// - POST /admin/v1/orphans: removes bytes that no row knows
// - POST /admin/v1/backups?directory=PATH: copies everything into a folder on the server's machine
// - GET /admin/v1/storage: sums over the installation
// - GET /admin/v1/repositories?account=ID&n=N&last=NAME: repositories of an account (the default
// account without `account`) with their exact sizes
// - GET /admin/v1/trash?account=ID&repository=NAME&n=N&after=ID: deletions that can be undone; of
// all accounts without `repository`
// - POST /admin/v1/trash/{id}/restore: undoes one
std::vector<http::Route> Routes(const Services& services);

}  // namespace gantry::api::admin
