#pragma once

#include <string>

#include "base/error.h"

namespace gantry::api::admin {

// not_found/user_unknown
Error UserUnknown(const std::string& name);

}  // namespace gantry::api::admin
