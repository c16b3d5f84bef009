#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "meta/repository_settings.h"

namespace gantry::api::ecr {

// Resource tags of an input, a list of {Key, Value}. invalid_argument/tag_parameter_invalid: a key
// twice, of the reserved prefix "aws:", longer than 128 or empty, a value longer than 256;
// resource_exhausted/too_many_labels: more than 50.
Result<std::vector<meta::Label>> ReadLabels(json::Value tags);

}  // namespace gantry::api::ecr
