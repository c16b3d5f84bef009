#pragma once

#include <string>

#include "api/ecr/call.h"
#include "oci/digest.h"

namespace gantry::api::ecr {

// An address of this server that gives the blob to whoever has it, for 15 minutes; sealed in it are
// the repository, the digest, and who asked. (Routes: DownloadRoutes in api.h.)
std::string DownloadUrl(const Call& call, const oci::Digest& digest);

}  // namespace gantry::api::ecr
