#include "auth/testing/installation.h"

#include "base/encoding.h"
#include "db/migrate.h"
#include "meta/accounts.h"
#include "meta/schema.h"

namespace gantry::auth {
namespace {

std::unique_ptr<db::Db> OpenDatabase(const std::string& path) {
  auto database = Must(db::OpenSqlite({path}));
  Must(db::Migrate(*database, meta::Migrations()));
  return database;
}

crypto::PasswordHasher::Options Cheap() {
  crypto::PasswordHasher::Options options;
  options.cost = {64, 1, 1};
  return options;
}

}  // namespace

Installation::Installation()
    : db_(OpenDatabase(folder_.path() + "/db")),
      access_(*db_),
      key_(std::string(32, 'k')),
      passwords_(Cheap()) {
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::InsertAccount(tx, {account_, "default", clock_.Now()}));
    return meta::InsertAccount(tx, {other_account_, "acme", clock_.Now()});
  }));
  Must(keys_.Maintain());
  Must(identities_.CreateUser(account_, "alice", "alice@example.com", "correct horse"));
}

Session Installation::SessionOf(const std::string& user) const {
  return {.principal = {.account = account_, .kind = iam::PrincipalKind::kUser, .name = user},
          .credential_id = "password",
          .started_at = clock_.Now()};
}

std::string Installation::TokenOf(const std::string& user, Duration lifetime) const {
  const Session session = SessionOf(user);
  return Must(tokens_.Issue({&session, std::nullopt, lifetime})).token;
}

std::string Installation::BasicOf(const std::string& name, const std::string& secret) const {
  return "Basic " + Base64Encode(name + ":" + secret);
}

Result<SessionPtr> Installation::Login(const std::string& header, const std::string& peer) {
  const std::string_view values[] = {header};
  Attempt attempt;
  attempt.authorization = values;
  attempt.account = account_;
  attempt.peer = peer;
  return authenticator_.Authenticate(attempt);
}

}  // namespace gantry::auth
