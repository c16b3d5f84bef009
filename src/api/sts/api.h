#pragma once

#include "auth/authenticator.h"
#include "auth/federation.h"
#include "auth/token_service.h"
#include "db/db.h"
#include "http/handler.h"

namespace gantry::api::sts {

// What this dialect speaks to; outlives the handler.
struct Services {
  auth::Authenticator& authenticator;
  auth::Federation& federation;
  auth::TokenService& tokens;
  db::Db& db;
};

// AWS's Security Token Service as its clients use it against a registry (version 2011-06-15, the
// query protocol: a form in, XML out):
// - AssumeRoleWithWebIdentity: RoleArn arn:aws:iam::ACCOUNT:role/TRUST, WebIdentityToken,
//   RoleSessionName (kept in the answer only: the subject of the token names the session here),
//   DurationSeconds 60 to 43200, an hour by itself; the trust's limit ends it earlier. Unsigned.
// - GetCallerIdentity: signed.
// - GetSessionToken: signed; DurationSeconds 60 to 43200, 12 hours by itself. Whoever has temporary
//   credentials gets new ones that end no later.
// For "POST /" (api/aws_request.h). Sets the caller.
http::Handler MakeHandler(const Services& services);

}  // namespace gantry::api::sts
