#pragma once

#include "api/ecr/call.h"
#include "base/result.h"
#include "meta/repository_settings.h"

namespace gantry::api::ecr {

// `imageTagMutability` and `imageTagMutabilityExclusionFilters` of the input; without the first,
// MUTABLE. invalid_argument/parameter_invalid: filters for a mode without exclusions, or none for
// one with.
Result<void> ReadMutability(const Call& call, meta::RepositorySettings& settings);

}  // namespace gantry::api::ecr
