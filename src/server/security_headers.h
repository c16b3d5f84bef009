#pragma once

#include "http/response.h"

namespace gantry::server {

// What browsers must know about an answer. Every one says that its bytes are what its Content-Type
// says and nothing else; one that a browser would show may also load nothing, be
// framed by nobody and send nobody its address. Manifests and blobs have types no browser shows.
// What the handler said stays. Threads: any.
void AddSecurityHeaders(http::Response& response);

}  // namespace gantry::server
