#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "http/request.h"
#include "iam/account_id.h"
#include "server/host_patterns.h"

namespace gantry::server {

// The account of an id or an alias; nullopt when there is none. Called on reactor threads for every
// request: must not block.
using AccountResolver = std::function<std::optional<iam::AccountId>(std::string_view id_or_alias)>;

// Sets the account of a request by the host it was sent to, and takes the account out of its path
// where it stands there.
void SelectAccount(const HostPatterns& patterns, const AccountResolver& resolve,
                   http::Request& request);

}  // namespace gantry::server
