#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "auth/access_versions.h"
#include "auth/authenticator.h"
#include "auth/authorizer.h"
#include "auth/federation.h"
#include "auth/identities.h"
#include "auth/installation_key.h"
#include "auth/lockout.h"
#include "auth/signing_keys.h"
#include "auth/token_service.h"
#include "crypto/password.h"
#include "crypto/sign.h"
#include "db/testing/temp_folder.h"
#include "http/handler.h"
#include "httpc/client.h"
#include "json/document.h"
#include "log/log.h"
#include "meta/trusts.h"

namespace gantry::api::testing {

// No issuer is there to be asked.
class NoNetwork final : public httpc::Client {
 public:
  Result<httpc::Response> Send(const httpc::Request& request) override {
    return Unavailable("connect_failed", request.url + " does not answer");
  }
};

// The identities of an installation over SQLite, and an issuer whose keys a trust "ci" of the
// default account and another one "away" of 111111111111 (alias "other") know.
class WorkloadFixture : public ::testing::Test {
 protected:
  using Form = std::vector<std::pair<std::string, std::string>>;

  WorkloadFixture();

  // A token of the issuer: `more` is members of the claims after iss, aud, sub, iat and exp.
  std::string TokenOf(const std::string& subject, const std::string& more = "",
                      Duration lifetime = Seconds(300)) const;
  meta::Trust Trust(const std::string& name) const;
  void Put(const iam::AccountId& account, const meta::Trust& trust);

  // A request as the server makes it.
  std::unique_ptr<http::Request> Post(const std::string& path, const std::string& content_type,
                                      const std::string& body) const;
  std::unique_ptr<http::Request> PostForm(const std::string& path, const Form& form) const;
  // Signs it as AWS's clients do. `session_token` "" for none.
  void Sign(http::Request& request, const std::string& service, const std::string& key_id,
            const std::string& secret, const std::string& session_token = "") const;
  // An access key of a new user of the default account: id and secret.
  auth::NewSecret AccessKey();

  static std::string BodyOf(const http::Response& response);
  static json::Document JsonOf(const http::Response& response);
  static std::string TextAt(const json::Document& document, const std::string& member);
  // What stands between <name> and </name>; "" when it is not there.
  static std::string Element(const std::string& xml, const std::string& name);

  FakeClock clock_;
  iam::AccountId other_;
  db::TempFolder folder_;
  log::Logger logger_{2, log::Level::kError};
  std::unique_ptr<db::Db> db_;
  NoNetwork network_;
  auth::InstallationKey installation_key_{std::string(32, 'k')};
  auth::AccessVersions versions_;
  auth::SigningKeys signing_keys_;
  auth::TokenService tokens_;
  crypto::PasswordHasher passwords_{{.cost = {.memory_kib = 8, .passes = 1}}};
  auth::Lockout lockout_{clock_};
  auth::Identities identities_;
  auth::Authenticator authenticator_;
  auth::Authorizer authorizer_{versions_, logger_};
  auth::Federation federation_;
  crypto::PrivateKey issuer_key_;
};

}  // namespace gantry::api::testing
