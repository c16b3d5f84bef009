#pragma once

#include <string>

#include "json/document.h"

namespace gantry::iam {

// A value as ECR writes policies back: two spaces a level, " : " after keys, arrays of objects and
// texts opened and closed on the line they stand in.
std::string PrettyJson(json::Value value);

}  // namespace gantry::iam
