#pragma once

#include "api/admin/call.h"
#include "base/result.h"
#include "iam/policy_set_builder.h"

namespace gantry::api::admin {

// A builder that knows the account's custom roles and their policies: what is added to it is
// checked as it will be when the account's policies are made, and what it builds is what would be
// given.
Result<iam::PolicySetBuilder> BuilderWithRoles(const Call& call);

}  // namespace gantry::api::admin
