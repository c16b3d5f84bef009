#pragma once

#include <vector>

#include "api/oci/api.h"

// The route tables of the parts of this dialect; api.cc puts them together.
namespace gantry::api::oci {

std::vector<http::Route> ManifestRoutes(const Services& services);
std::vector<http::Route> BlobRoutes(const Services& services);
std::vector<http::Route> UploadRoutes(const Services& services);
std::vector<http::Route> ListRoutes(const Services& services);

}  // namespace gantry::api::oci
