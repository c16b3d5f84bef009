#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/admin/services.h"
#include "auth/session.h"
#include "base/result.h"
#include "http/handler.h"
#include "iam/account_id.h"
#include "iam/resource.h"
#include "meta/policies.h"

namespace gantry::api::admin {

// One request, and the account that it is about.
struct Call {
  const AccessServices& services;
  const http::Request& request;
  iam::AccountId account;

  const auth::Session& session() const;
  // The path parameter as a text. REQUIRES: the pattern has it.
  std::string Parameter(std::string_view name) const;
  Time now() const { return services.clock.Now(); }
  // Db::Read and AccessVersions::Write.
  Result<void> Read(db::TxFunction function) const;
  Result<void> Write(db::TxFunction function) const;
};

// One row of a subject's table.
struct Row {
  http::Method method;
  const char* pattern;  // behind /api/admin/v1, or /api/admin/v1/accounts/ACCOUNT as well
  const char* name;
  const char* action;
  Result<http::Response> (*call)(const Call&);
  bool of_account = true;  // whether there is the second form, for any account
  int64_t body_bytes_max = 512 << 10;
};

// The routes of rows, for a request's account or, in the second form, the one that it names. The
// services are copied into the handlers.
void AddRoutes(std::span<const Row> rows, const AccessServices& services,
               std::vector<http::Route>& routes);

// What bindings and policies are attached to, as the parameters of the pattern say: {name...}, else
// {project}, else the account. invalid_argument/name_invalid, /project_invalid
struct Scope {
  iam::Resource resource;
  meta::PolicyScope stored;
};
Result<Scope> ScopeOfRepository(const Call& call);
Result<Scope> ScopeOfProject(const Call& call);
Scope ScopeOfAccount(const Call& call);

// The handlers of what is done alike in an account, a project and a repository.
using InScope = Result<http::Response> (*)(const Call&, const Scope&);
template <InScope kDo>
Result<http::Response> OfAccount(const Call& call) {
  return kDo(call, ScopeOfAccount(call));
}
template <InScope kDo>
Result<http::Response> OfProject(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfProject(call));
  return kDo(call, scope);
}
template <InScope kDo>
Result<http::Response> OfRepository(const Call& call) {
  TRY_ASSIGN(const Scope scope, ScopeOfRepository(call));
  return kDo(call, scope);
}

// A name of at most 64 of [A-Za-z0-9._-] that begins with a letter or digit; `what` for the
// sentence. invalid_argument/name_invalid
Result<void> CheckName(std::string_view name, const char* what);

}  // namespace gantry::api::admin
