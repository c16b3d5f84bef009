#pragma once

#include <functional>

#include "audit/log.h"
#include "auth/access_versions.h"
#include "auth/authorizer.h"
#include "auth/identities.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "base/result.h"
#include "core/backup.h"
#include "core/collector.h"
#include "core/listings.h"
#include "core/scrubber.h"
#include "core/statistics.h"
#include "core/store.h"
#include "core/trash.h"
#include "crypto/password.h"
#include "http/request.h"
#include "iam/action.h"
#include "iam/resource.h"
#include "meta/ids.h"

namespace gantry::retention {
class Executor;
class Lifecycle;
}  // namespace gantry::retention

namespace gantry::api::admin {

// What the routes over the store speak to; outlives them.
struct Services {
  core::Collector& collector;
  core::Scrubber& scrubber;
  core::Trash& trash;
  core::Statistics& statistics;
  auth::AccessVersions& access;
  // Copies everything into a folder of this machine; core::CopyStore with stores that the
  // composition root names.
  std::function<Result<core::BackupProgress>(const std::string& directory)> backup;
};

// What the routes over accounts, identities, policies and the audit log speak to; outlives them.
struct AccessServices {
  auth::AccessVersions& access;
  auth::Identities& identities;
  auth::TokenService& tokens;
  auth::Authorizer& authorizer;
  crypto::PasswordHasher& passwords;
  audit::Log& audit;
  core::Listings& listings;
  meta::IdGenerator& ids;
  const Clock& clock;
  // Whether whoever sent the request may do something else, too (server::Guard::May).
  std::function<Result<bool>(const http::Request&, iam::Action, const iam::Resource&)> may;
  const core::Store& store;
  retention::Lifecycle* lifecycle;
  retention::Executor* lifecycle_runs;
};

}  // namespace gantry::api::admin
