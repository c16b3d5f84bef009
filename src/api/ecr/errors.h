#pragma once

#include <string>
#include <string_view>

#include "api/ecr/call.h"
#include "base/error.h"
#include "http/response.h"

namespace gantry::api::ecr {

// An error in the JSON of ECR, {"__type","message"}, with the exception and status that the table
// in errors.cc gives its reason.
http::Response RenderError(const Error& error, std::string_view request_id);

// ECR's sentences ("ECR: API reference"); of the call's repository.
Error RepositoryNotFound(const Call& call);
Error ImageNotFound(const Call& call, std::string_view digest, std::string_view tag);
// "{imageDigest:'sha256:…', imageTag:'null'}", as ECR shows an identifier.
std::string ImageIdText(std::string_view digest, std::string_view tag);
// "in the registry with id '000000000000'"
std::string InRegistry(const Call& call);
// "the repository with name 'app' in the registry with id '000000000000'"
std::string RepositoryText(const Call& call);

// ValidationException
Error ValidationFailed(std::string message);

}  // namespace gantry::api::ecr
