#pragma once

#include <string>
#include <string_view>

#include "auth/authenticator.h"
#include "auth/session.h"
#include "base/result.h"
#include "http/handler.h"

// What the dialects of AWS share: the place "POST /", signatures, request ids.
namespace gantry::api {

// The account that a request was sent to; the default one where its name says none.
// unauthenticated/account_unknown: its name is that of an account that does not exist.
Result<iam::AccountId> VisitedAccount(const http::Request& request);

// Whose key signed the request (Signature Version 4) for `service`, "ecr" or "sts": an access key's
// owner, or whoever temporary credentials were made for. Errors: unauthenticated/signature_missing
// (no Authorization header), signature_incomplete (one of another kind), and those of
// auth::Authenticator.
Result<auth::SessionPtr> AuthenticateSigned(auth::Authenticator& authenticator,
                                            const http::Request& request, std::string_view service);

// The request's id in the form of AWS's, a UUID where it is 32 hexadecimal digits.
std::string AwsRequestId(const http::Request& request);

// POST /: a request with an X-Amz-Target goes to `json` (ECR), any other to `query` (STS). Who may
// is for the two to find out: they answer to nobody but signed requests and exchanged tokens, and
// tell with SetCaller.
http::Route AwsRoute(http::Handler json, http::Handler query);

}  // namespace gantry::api
