#include "auth/bootstrap.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "auth/testing/installation.h"
#include "base/encoding.h"
#include "db/migrate.h"
#include "meta/policies.h"
#include "meta/schema.h"

namespace gantry::auth {
namespace {

class FirstStartTest : public testing::Test {
 protected:
  FirstStartTest() : db_(Must(db::OpenSqlite({folder_.path() + "/db"}))), access_(*db_) {
    Must(db::Migrate(*db_, meta::Migrations()));
  }

  std::string KeyPath() const { return folder_.path() + "/secrets.key"; }
  std::string OpenKey() const { return ReasonOf(InstallationKey::Open(KeyPath(), *db_)); }

  db::TempFolder folder_;
  FakeClock clock_;
  std::unique_ptr<db::Db> db_;
  AccessVersions access_;
  crypto::PasswordHasher passwords_;
  meta::IdGenerator ids_{clock_};
};

TEST_F(FirstStartTest, MakesAnAdministratorOnce) {
  const auto first = Must(EnsureFirstAccount(access_, ids_, passwords_, clock_));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->user, "admin");
  EXPECT_EQ(first->password.size(), 20U);
  EXPECT_FALSE(Must(EnsureFirstAccount(access_, ids_, passwords_, clock_)).has_value());

  const InstallationKey key(std::string(32, 'k'));
  SigningKeys keys(*db_, key, clock_);
  Must(keys.Maintain());
  TokenService tokens(access_, keys, key, clock_, {"i", "s"});
  Lockout lockout(clock_);
  Authenticator authenticator(access_, tokens, key, passwords_, lockout, clock_);
  const std::string header = "Basic " + Base64Encode("admin:" + first->password);
  const std::string_view values[] = {header};
  Attempt attempt;
  attempt.authorization = values;
  const SessionPtr session = Must(authenticator.Authenticate(attempt));
  EXPECT_EQ(session->principal.FullText(), "000000000000/user:admin");
  EXPECT_TRUE(session->password_must_change);
  Must(db_->Read([&](db::Tx& tx) -> Result<void> {
    const auto bindings = Must(meta::ListRoleBindings(tx, iam::AccountId::Default()));
    EXPECT_EQ(bindings.size(), 1U);
    EXPECT_EQ(bindings.at(0).role, "system-admin");
    EXPECT_EQ(bindings.at(0).principal, "user:admin");
    return Ok();
  }));
}

TEST_F(FirstStartTest, NoTwoPasswordsAreTheSame) {
  const auto first = Must(EnsureFirstAccount(access_, ids_, passwords_, clock_));
  db::TempFolder folder;
  const auto database = Must(db::OpenSqlite({folder.path() + "/db"}));
  Must(db::Migrate(*database, meta::Migrations()));
  AccessVersions access(*database);
  EXPECT_NE(Must(EnsureFirstAccount(access, ids_, passwords_, clock_))->password, first->password);
}

TEST_F(FirstStartTest, MakesAKeyThatOnlyItsOwnerReads) {
  std::string sealed;
  {
    const InstallationKey key = Must(InstallationKey::Open(KeyPath(), *db_));
    sealed = key.Seal("place", "secret");
  }
  struct stat info {};
  ASSERT_EQ(::stat(KeyPath().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600U);
  EXPECT_EQ(info.st_size, 65);
  const InstallationKey again = Must(InstallationKey::Open(KeyPath(), *db_));
  EXPECT_EQ(Must(again.Unseal("place", sealed)), "secret");
  EXPECT_EQ(ReasonOf(again.Unseal("elsewhere", sealed)), "sealed_secret_damaged");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    files += entry.path().filename().string().starts_with("secrets.key") ? 1 : 0;
  }
  EXPECT_EQ(files, 1);  // and no temporary one
}

TEST_F(FirstStartTest, DoesNotGoOnWithoutTheKeyItHad) {
  EXPECT_EQ(OpenKey(), "ok");
  std::filesystem::permissions(KeyPath(), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(OpenKey(), "installation_key_readable");
  std::filesystem::permissions(KeyPath(), std::filesystem::perms::owner_read);
  EXPECT_EQ(OpenKey(), "ok");
  std::filesystem::remove(KeyPath());
  EXPECT_EQ(OpenKey(), "installation_key_missing");
  EXPECT_FALSE(std::filesystem::exists(KeyPath()));
  const auto write = [&](const std::string& text) {
    std::ofstream(KeyPath()) << text;
    std::filesystem::permissions(KeyPath(), std::filesystem::perms::owner_all);
  };
  write(std::string(64, 'a') + "\n");
  EXPECT_EQ(OpenKey(), "installation_key_differs");
  write("short\n");
  EXPECT_EQ(OpenKey(), "installation_key_invalid");
}

}  // namespace
}  // namespace gantry::auth
