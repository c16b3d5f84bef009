#include "api/ecr/mutability.h"

#include "api/ecr/model.h"

namespace gantry::api::ecr {

Result<void> ReadMutability(const Call& call, meta::RepositorySettings& settings) {
  constexpr const char* kFilters = "imageTagMutabilityExclusionFilters";
  const auto mutability = meta::FindTagMutability(call.Text("imageTagMutability"));
  settings.tag_mutability = mutability.value_or(meta::TagMutability::kMutable);
  settings.mutability_filters.clear();
  for (const json::Value filter : ItemsOf(call.Find(kFilters)))
    settings.mutability_filters.emplace_back(filter.Find("filter").String().value_or(""));
  const bool with_exclusion =
      settings.tag_mutability == meta::TagMutability::kImmutableWithExclusion ||
      settings.tag_mutability == meta::TagMutability::kMutableWithExclusion;
  if (with_exclusion && settings.mutability_filters.empty()) {
    return ParameterInvalid(kFilters,
                            "Exclusion filters are required when imageTagMutability is "
                            "IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION");
  }
  if (!with_exclusion && !settings.mutability_filters.empty()) {
    return ParameterInvalid(kFilters,
                            "Exclusion filters can only be used when imageTagMutability "
                            "is IMMUTABLE_WITH_EXCLUSION or MUTABLE_WITH_EXCLUSION");
  }
  return Ok();
}

}  // namespace gantry::api::ecr
