#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "iam/action.h"
#include "iam/principal.h"
#include "iam/resource.h"

namespace gantry::iam {

class Scopes;

using Tags = std::map<std::string, std::string, std::less<>>;

// What conditions can ask about a request besides who, what and on what.
struct RequestContext {
  Time now{};
  std::string source_ip{};   // of the client, without a port; "": not known, so the key is absent
  std::string user_agent{};  // "": none
  bool secure_transport = false;
  Tags resource_tags{};  // of the repository, as they are
  Tags request_tags{};   // that the request wants to set
};

// A question to a policy set. Refers to what the caller holds while it asks.
struct Request {
  const Principal& principal;
  Action action;
  const Resource& resource;
  const RequestContext& context;
  const Scopes* scopes = nullptr;  // nullptr: the session is not narrowed
};

}  // namespace gantry::iam
