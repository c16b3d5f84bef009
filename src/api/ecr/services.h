#pragma once

#include "auth/access_versions.h"
#include "auth/authenticator.h"
#include "auth/authorizer.h"
#include "auth/installation_key.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "core/blobs.h"
#include "core/listings.h"
#include "core/manifests.h"
#include "core/pulls.h"
#include "core/repositories.h"
#include "core/uploads.h"
#include "meta/ids.h"
#include "retention/lifecycle.h"

namespace gantry::api::ecr {

// What the dialect speaks to; outlives the handlers.
struct Services {
  auth::Authenticator& authenticator;
  auth::Authorizer& authorizer;
  auth::AccessVersions& access;
  auth::TokenService& tokens;
  const auth::InstallationKey& key;  // seals page tokens and download addresses
  core::Manifests& manifests;
  core::Blobs& blobs;
  core::Uploads& uploads;
  core::Listings& listings;
  core::Pulls& pulls;
  core::Repositories& repositories;
  retention::Lifecycle& lifecycle;
  meta::IdGenerator& ids;
  const Clock& clock;
};

}  // namespace gantry::api::ecr
