#pragma once

#include <string_view>
#include <vector>

#include "api/admin/services.h"
#include "http/handler.h"

// Gantry's own API under /api/admin/v1/, JSON throughout; errors as
// {"error":{"reason","message","detail"}} (errors.h). openapi.json, which is served, describes
// every route. Who may is decided before the handlers (server/guard.h); they only see to it that
// nobody gives what he does not have (rights.h).
namespace gantry::api::admin {

// The work on what is stored: collections, scrubs, backups, sums, the trash.
std::vector<http::Route> Routes(const Services& services);

// Accounts, identities, policies, questions to them, sessions, the audit log, repositories. What
// belongs to an account is there twice: /api/admin/v1/users of the account of the request, and
// /api/admin/v1/accounts/ID/users of any.
std::vector<http::Route> AccessRoutes(const AccessServices& services);

// /api/admin/v1/openapi.json, which needs no rights.
http::Route OpenApiRoute();
// Its text.
std::string_view OpenApiText();

}  // namespace gantry::api::admin
