#pragma once

#include <string>
#include <vector>

#include "iam/action.h"
#include "iam/resource.h"

namespace gantry::iam {

struct Scope {
  ResourcePattern resource;
  ActionSet actions;
};

// What a session is narrowed to, on top of what its principal may do: nothing but these. An empty
// list is a session that may do nothing. Immutable; threads: any.
class Scopes {
 public:
  explicit Scopes(std::vector<Scope> scopes);

  bool Allows(Action action, const Resource& resource) const;
  const std::vector<Scope>& list() const { return scopes_; }
  // One text for one meaning's spelling: equal texts narrow equally.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  std::vector<Scope> scopes_;
  std::string fingerprint_;
};

}  // namespace gantry::iam
