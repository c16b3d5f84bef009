#pragma once

#include <vector>

#include "core/blobs.h"
#include "core/listings.h"
#include "core/manifests.h"
#include "core/uploads.h"
#include "http/handler.h"

namespace gantry::api::oci {

// The parts of the registry that this dialect speaks to; they outlive the routes.
struct Services {
  core::Manifests& manifests;
  core::Blobs& blobs;
  core::Uploads& uploads;
  core::Listings& listings;
};

// The routes of the OCI distribution API under /v2/ (specification 1.1, the `tag` parameters of the
// coming version, and the extensions of docs/user/api-oci.md).
std::vector<http::Route> Routes(const Services& services);

}  // namespace gantry::api::oci
