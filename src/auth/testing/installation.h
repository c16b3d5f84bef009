#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "auth/access_versions.h"
#include "auth/authenticator.h"
#include "auth/identities.h"
#include "auth/installation_key.h"
#include "auth/lockout.h"
#include "auth/signing_keys.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "crypto/password.h"
#include "db/db.h"
#include "db/testing/temp_folder.h"
#include "meta/ids.h"

// What the tests of this folder share.
namespace gantry::auth {

// The value, or the test fails here.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().ToString());
  return std::move(result).value();
}
inline void Must(Result<void> result) {
  if (!result.ok()) throw std::runtime_error(result.error().ToString());
}

// The reason of an error, "ok" without one.
template <typename T>
std::string ReasonOf(const Result<T>& result) {
  return result.ok() ? "ok" : std::string(result.error().reason());
}

inline iam::AccountId Account(const std::string& text) { return Must(iam::AccountId::Parse(text)); }

// An installation with two accounts, a fake clock and cheap passwords.
class Installation : public testing::Test {
 protected:
  Installation();

  // A session of a user as a password makes it.
  Session SessionOf(const std::string& user) const;
  std::string TokenOf(const std::string& user, Duration lifetime = Seconds(300)) const;
  std::string BasicOf(const std::string& name, const std::string& secret) const;
  Result<SessionPtr> Login(const std::string& header, const std::string& peer = "192.0.2.1");
  std::string LoginReason(const std::string& header, const std::string& peer = "192.0.2.1") {
    return ReasonOf(Login(header, peer));
  }

  const iam::AccountId account_ = iam::AccountId::Default();
  const iam::AccountId other_account_ = Account("123456789012");
  FakeClock clock_;
  db::TempFolder folder_;
  std::unique_ptr<db::Db> db_;
  AccessVersions access_;
  InstallationKey key_;
  SigningKeys keys_{*db_, key_, clock_};
  TokenService tokens_{access_, keys_, key_, clock_, {"https://registry.example.com", "gantry"}};
  crypto::PasswordHasher passwords_;
  Lockout lockout_{clock_};
  Authenticator authenticator_{access_, tokens_, key_, passwords_, lockout_, clock_};
  Identities identities_{access_, key_, passwords_, clock_};
  meta::IdGenerator ids_{clock_};
};

}  // namespace gantry::auth
