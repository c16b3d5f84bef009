#include "api/admin/api.h"

#include "api/admin/handlers.h"

namespace gantry::api::admin {

std::vector<http::Route> AccessRoutes(const AccessServices& services) {
  std::vector<http::Route> routes;
  for (const auto rows : {AccessKeyRows(), AccountRows(), AuditRows(), BindingRows(), GroupRows(),
                          ImmutabilityRows(), LifecycleRows(), MeRows(), PinRows(), PolicyRows(),
                          ProjectRows(), QuestionRows(), RepositoryRows(), RepositorySettingsRows(),
                          RobotRows(), RoleRows(), SessionRows(), TrustRows(), UserRows()})
    AddRoutes(rows, services, routes);
  return routes;
}

http::Route OpenApiRoute() {
  http::Route route;
  route.pattern = "/api/admin/v1/openapi.json";
  route.name = "admin_openapi";
  route.handler = http::Handler([](http::Request&) {
    http::Response response;
    response.Add("Content-Type", "application/json");
    response.body = std::string(OpenApiText());
    return response;
  });
  return route;
}

}  // namespace gantry::api::admin
