#pragma once

#include <functional>
#include <vector>

#include "core/blobs.h"
#include "core/listings.h"
#include "core/manifests.h"
#include "core/uploads.h"
#include "http/handler.h"
#include "iam/action.h"
#include "iam/resource.h"

namespace gantry::api::oci {

// The parts of the registry that this dialect speaks to; they outlive the routes.
struct Services {
  // Whether whoever sent the request may do that, too (server/guard.h).
  using MayFunction =
      std::function<Result<bool>(const http::Request&, iam::Action, const iam::Resource&)>;

  core::Manifests& manifests;
  core::Blobs& blobs;
  core::Uploads& uploads;
  core::Listings& listings;
  MayFunction may;
};

// The routes of the OCI distribution API under /v2/ (specification 1.1, the `tag` parameters of the
// coming version, and the extensions of docs/user/api-oci.md).
std::vector<http::Route> Routes(const Services& services);

}  // namespace gantry::api::oci
