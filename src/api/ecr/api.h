#pragma once

#include <vector>

#include "api/ecr/call.h"
#include "api/ecr/services.h"
#include "http/handler.h"

namespace gantry::api::ecr {

// Every operation of the model.
std::vector<Operation> Operations();

// The ECR API (2015-09-21) by X-Amz-Target, AWS's JSON 1.1 in and out, for "POST /"
// (api/aws_request.h). Every request is signed; the signature comes before anything else, the name
// of the operation before its input, the input before what it is done to, rights before existence.
// Sets the caller and tells the deeds.
http::Handler MakeHandler(const Services& services,
                          std::vector<Operation> operations = Operations());

// What GetDownloadUrlForLayer's addresses lead to: no credential is needed but the address.
std::vector<http::Route> DownloadRoutes(const Services& services);

}  // namespace gantry::api::ecr
