#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/oci/api.h"
#include "audit/log.h"
#include "auth/authenticator.h"
#include "auth/authorizer.h"
#include "base/result.h"
#include "http/handler.h"
#include "iam/action.h"
#include "iam/resource.h"
#include "server/guard_limits.h"
#include "server/guard_recorder.h"
#include "server/guard_rule.h"
#include "server/rate_limits.h"

namespace gantry::server {

struct GuardOptions {
  // Everybody may do everything, and no credential is looked at: `--anonymous`.
  bool anonymous = false;
  std::string service;  // names this installation in challenges and tokens
  bool record_pulls = true;
  std::string token_url;  // where tokens are had; "": /token at the host that the client used
};

// Stands before every route that has an action: finds out who asks, whether he may, and writes it
// into the audit log. A route's action is the text of an iam::Action, done to the repository that
// the path parameter "name" names, else to the project or account that "project" or "account" name,
// else to the account of the request; or "authenticated": whoever is known may, and the handler
// looks further (May); or "anyone": a credential need not be there, but must be good; or "handler":
// no credential is looked at, since the handler has its own way to find out who asks (an exchange,
// a signature), and says so with api::SetCaller; until then it is nobody.
//
// Rights are checked before existence, so that what is absent and what is forbidden look the same
// (invariant 12). Whoever comes over the control socket may do everything: the permissions of its
// file say who that is.
// Without access control (`anonymous`) everybody may do everything to repositories, and the rest is
// for the control socket alone.
//
// Audit: what was pulled is recorded before it is answered and durable a moment later, and so are
// blobs that were pushed, for they are nothing without a manifest; everything else is durable
// before it is answered (invariant 8). When the log cannot take a record, the answer is 503.
//
// Limits: a request is counted for its principal, or for its address when that is unknown or the
// request is a login; beyond a limit the answer is 429, and nothing of it is recorded.
// Threads: all methods from any thread.
class Guard {
 public:
  // All outlive the guard.
  Guard(GuardOptions options, auth::Authenticator& authenticator, auth::Authorizer& authorizer,
        RateLimits& limits, audit::Log& log);

  // The routes with the guard before them; those without an action stay as they are. `render` gives
  // errors the form of their dialect. REQUIRES: every action is one of the above.
  std::vector<http::Route> Protect(std::vector<http::Route> routes,
                                   const http::ErrorRenderer& render);
  std::vector<http::Route> Protect(std::vector<http::Route> routes, const GuardRenderer& render);

  // Is told of every manifest that is pulled: the text of the repository's key, the digest, and by
  // whom. It may not block. REQUIRES: before any request.
  using PullFunction =
      std::function<void(std::string_view key, std::string_view digest, const iam::Principal&)>;
  void OnPull(PullFunction on_pull) { on_pull_ = std::move(on_pull); }

  // Whether whoever sent the request may do something else, too. REQUIRES: as api::CallerOf.
  Result<bool> May(const http::Request& request, iam::Action action, const iam::Resource& resource);
  // The same, for those below who cannot know this class.
  api::oci::Services::MayFunction MayFunction();

 private:
  http::Handler Protected(std::shared_ptr<const GuardRule> rule, http::Handler inner);
  http::UploadHandler Protected(std::shared_ptr<const GuardRule> rule, http::UploadHandler inner);
  std::optional<http::Response> AnswerInline(const GuardRule& rule,
                                             const http::InlineHandler& inner,
                                             const http::Request& request);
  Result<void> Admit(const GuardRule& rule, http::Request& request);
  auth::SessionPtr CachedSessionOf(const http::Request& request, const iam::AccountId& account);
  Result<auth::SessionPtr> SessionOf(const http::Request& request, const iam::AccountId& account);
  // `session`: nullptr while it is not known who asks.
  http::Response Refuse(const GuardRule& rule, const http::Request& request,
                        const auth::Session* session, const Error& error);
  http::Response Answer(const GuardRule& rule, http::Request& request, http::Response response);
  void NotePull(const GuardRule& rule, const http::Request& request, const auth::Session& session,
                const http::Response& response) const;

  const GuardOptions options_;
  auth::Authenticator& authenticator_;
  auth::Authorizer& authorizer_;
  GuardLimits limits_;
  GuardRecorder recorder_;
  PullFunction on_pull_;
  const auth::SessionPtr nobody_;  // of the default account; shared with requests
};

}  // namespace gantry::server
