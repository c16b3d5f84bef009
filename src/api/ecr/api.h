#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "auth/authenticator.h"
#include "auth/authorizer.h"
#include "auth/session.h"
#include "base/result.h"
#include "http/handler.h"
#include "iam/account_id.h"
#include "iam/action.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::api::ecr {

// One request that was authenticated and authorized.
struct Call {
  const http::Request& request;
  const auth::Session& caller;
  iam::AccountId account;  // `registryId` of the input, else the caller's
  json::Value input;       // an object
};

// One row of the table. Its name is that of ECR's model ("GetAuthorizationToken"); what it does is
// authorized as `action` on the repository that `repositoryName` names, else on the account.
struct Operation {
  std::string_view name;
  iam::Action action;
  // Writes the members of the answer.
  std::function<Result<void>(const Call&, json::Writer&)> run;
};

// What the dispatch speaks to; outlives the handler.
struct Services {
  auth::Authenticator& authenticator;
  auth::Authorizer& authorizer;
};

// The ECR API (2015-09-21) by X-Amz-Target, AWS's JSON 1.1 in and out, for "POST /"
// (api/aws_request.h). Every request is signed; the signature comes before anything else, the name
// of the operation before what it is done to, rights before existence. Sets the caller.
http::Handler MakeHandler(const Services& services, std::vector<Operation> operations);

}  // namespace gantry::api::ecr
