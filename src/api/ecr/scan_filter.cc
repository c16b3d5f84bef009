#include "api/ecr/scan_filter.h"

#include "base/glob.h"

namespace gantry::api::ecr {

bool ScanFilterMatches(std::string_view filter, std::string_view repository) {
  if (filter.find('*') == std::string_view::npos)
    return repository.find(filter) != std::string_view::npos;
  return GlobMatches(filter, repository);
}

}  // namespace gantry::api::ecr
