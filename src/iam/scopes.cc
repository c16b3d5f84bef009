#include "iam/scopes.h"

#include <algorithm>
#include <utility>

namespace gantry::iam {

Scopes::Scopes(std::vector<Scope> scopes) : scopes_(std::move(scopes)) {
  std::vector<std::string> lines;
  for (const Scope& scope : scopes_) {
    const std::string resource = scope.resource.Text();
    lines.push_back(std::to_string(resource.size()) + ':' + resource + ' ' +
                    std::to_string(scope.actions.bits()));
  }
  std::sort(lines.begin(), lines.end());
  fingerprint_ = "scopes";
  for (const std::string& line : lines) (fingerprint_ += ' ') += line;
}

bool Scopes::Allows(Action action, const Resource& resource) const {
  return std::any_of(scopes_.begin(), scopes_.end(), [&](const Scope& scope) {
    return scope.actions.Has(action) && scope.resource.Matches(resource);
  });
}

}  // namespace gantry::iam
