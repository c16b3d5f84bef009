#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/principal.h"

namespace gantry::auth {

// What the database says now of a principal that a credential named earlier.
struct CurrentPrincipal {
  iam::Principal principal;            // of a user with the groups it has now
  std::optional<std::string> project;  // of a robot that works in one project only
  Time expires_at;                     // of a robot; kNever
  bool password_must_change = false;
};

// nullopt: a user or robot that is not there, is disabled, or has expired. Principals that have no
// row (workloads, nodes) come back as they are.
Result<std::optional<CurrentPrincipal>> FindCurrent(db::Tx& tx, const iam::Principal& principal,
                                                    Time now);

}  // namespace gantry::auth
