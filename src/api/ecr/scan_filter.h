#pragma once

#include <string_view>

namespace gantry::api::ecr {

// Whether a WILDCARD filter of a scanning configuration means the repository: '*' stands for any
// run of characters, and a filter without one for whatever contains it ("ECR: filters to choose
// which repositories are scanned").
bool ScanFilterMatches(std::string_view filter, std::string_view repository);

}  // namespace gantry::api::ecr
