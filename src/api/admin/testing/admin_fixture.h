#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/admin/api.h"
#include "api/admin/testing/open_api_check.h"
#include "audit/log.h"
#include "auth/access_versions.h"
#include "auth/authorizer.h"
#include "auth/identities.h"
#include "auth/installation_key.h"
#include "auth/signing_keys.h"
#include "auth/token_service.h"
#include "core/statistics.h"
#include "core/testing.h"
#include "crypto/password.h"
#include "http/router.h"
#include "io/file_system.h"
#include "json/document.h"
#include "retention/executor.h"
#include "retention/lifecycle.h"

namespace gantry::api::admin {

struct Answer {
  int status = 0;
  std::string body;

  json::Document Document() const;
  // The member of that name; "" when it is no text.
  std::string Text(std::string_view name) const;
  // Of an error, its reason.
  std::string Reason() const;
};

// The administration of an installation with the default account, its user "root" (system-admin)
// and "boss" (account-admin), and the account kOther without anybody. Requests go through the
// routes as they would behind the guard, and every answer is held against openapi.json.
class AdminTest : public core::CoreTest {
 protected:
  static constexpr const char* kOther = "111122223333";

  AdminTest();
  ~AdminTest() override;

  // As `user` of the default account; "" anonymously. `target`: what stands behind /api/admin/v1.
  Answer Send(const std::string& user, http::Method method, const std::string& target,
              const std::string& body = "");
  Answer Get(const std::string& user, const std::string& target) {
    return Send(user, http::Method::kGet, target);
  }
  Answer Post(const std::string& user, const std::string& target, const std::string& body) {
    return Send(user, http::Method::kPost, target, body);
  }
  Answer Put(const std::string& user, const std::string& target, const std::string& body) {
    return Send(user, http::Method::kPut, target, body);
  }
  Answer Patch(const std::string& user, const std::string& target, const std::string& body) {
    return Send(user, http::Method::kPatch, target, body);
  }
  Answer Delete(const std::string& user, const std::string& target) {
    return Send(user, http::Method::kDelete, target);
  }
  // Makes a user of the default account with the role in the scope ("/bindings",
  // "/projects/NAME/bindings" ...).
  void AddUser(const std::string& name, const std::string& role,
               const std::string& scope = "/bindings");
  // As the session of that user would have it.
  auth::SessionPtr SessionOf(const std::string& user);
  bool May(const http::Request& request, iam::Action action, const iam::Resource& resource);

  auth::AccessVersions access_{*database_};
  auth::InstallationKey installation_key_{std::string(32, 'k')};
  crypto::PasswordHasher passwords_{{.cost = {.memory_kib = 8, .passes = 1}}};
  auth::SigningKeys signing_keys_{*database_, installation_key_, clock_};
  auth::TokenService tokens_{access_,
                             signing_keys_,
                             installation_key_,
                             clock_,
                             {"https://registry.example.com", "registry.example.com"}};
  auth::Identities identities_{access_, installation_key_, passwords_, clock_};
  auth::Authorizer authorizer_{access_, logger_};
  SystemClock system_clock_;  // the log has threads of its own
  std::unique_ptr<io::FileSystem> audit_files_;
  std::unique_ptr<audit::Log> audit_;
  core::Statistics statistics_{store_};
  std::atomic<bool> stopping_ = false;
  retention::Lifecycle lifecycle_{store_};
  retention::Executor lifecycle_runs_{store_, manifests_, nullptr, stopping_};
  OpenApiCheck open_api_;
  std::vector<http::Route> routes_;
  std::unique_ptr<http::Router> router_;
  std::string peer_ = "203.0.113.7";

 private:
  void Seed();
  std::optional<Answer> Refuse(const http::Route& route, const http::Request& request);
};

}  // namespace gantry::api::admin
