#pragma once

#include <vector>

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
};

// Gantry's own API under /admin/v1/, JSON throughout; errors as
// {"error":{"reason","message","detail"}}. Answered on the control socket only: the file's
// permissions say who may use it.
//
//   POST /admin/v1/collections                     runs the collection, answers what it did
//   POST /admin/v1/scrubs?after=D&bytes=N&rate=N   checks blobs after digest D until N bytes were
//   read POST /admin/v1/orphans                         removes bytes that no row knows GET
//   /admin/v1/storage                         sums over the installation GET
//   /admin/v1/repositories?n=N&last=NAME      repositories with their exact sizes GET
//   /admin/v1/trash?repository=NAME&n=N&after=ID POST /admin/v1/trash/{id}/restore
std::vector<http::Route> Routes(const Services& services);

}  // namespace gantry::api::admin
