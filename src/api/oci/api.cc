#include "api/oci/api.h"

#include <iterator>

#include "api/oci/handlers.h"
#include "api/oci/request.h"

namespace gantry::api::oci {
namespace {

http::Response Version() {
  http::Response response = JsonResponse("{}");
  AddVersion(response);
  return response;
}

}  // namespace

std::vector<http::Route> Routes(const Services& services) {
  std::vector<http::Route> routes;
  http::Route version;
  version.pattern = "/v2/";
  version.name = "version";
  version.action = "authenticated";
  version.handler = http::Handler([](http::Request&) { return Version(); });
  version.inline_handler = [](const http::Request&) { return std::optional(Version()); };
  routes.push_back(version);
  version.pattern = "/v2";
  routes.push_back(std::move(version));
  for (auto part : {ManifestRoutes(services), BlobRoutes(services), UploadRoutes(services),
                    ListRoutes(services)}) {
    routes.insert(routes.end(), std::make_move_iterator(part.begin()),
                  std::make_move_iterator(part.end()));
  }
  return routes;
}

}  // namespace gantry::api::oci
