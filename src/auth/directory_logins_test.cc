#include "auth/directory_logins.h"

#include <map>

#include "auth/testing/installation.h"
#include "meta/groups.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

using Names = std::vector<std::string>;

// Knows no case, as LDAP; counts what it is asked.
class FakeDirectory : public Directory {
 public:
  Result<std::optional<DirectoryUser>> Check(const std::string& name,
                                             const std::string& password) override {
    ++asked;
    if (down) return Unavailable("directory_unreachable", "down");
    for (const auto& [key, user] : users) {
      const bool same = std::equal(key.begin(), key.end(), name.begin(), name.end(),
                                   [](char a, char b) { return (a | ' ') == (b | ' '); });
      if (same && password == "secret") return std::optional(user);
    }
    return std::optional<DirectoryUser>();
  }

  std::map<std::string, DirectoryUser> users;
  bool down = false;
  int asked = 0;
};

class DirectoryLoginsTest : public Installation {
 protected:
  DirectoryLoginsTest() {
    Put("bob", {"devs", "ops"});
    directory_.users["alice"] = {"alice", "", {}};
    Must(access_.Write([&](db::Tx& tx) -> Result<void> {
      TRY(meta::PutGroup(tx, account_, {"devs", "", clock_.Now()}));
      return meta::PutGroup(tx, account_, {"local", "", clock_.Now()});
    }));
  }

  void Put(const std::string& name, const Names& groups) {
    directory_.users[name] = {name, name + "@example.com", groups};
  }

  // "NAME [GROUP ...]" of who came in, or the reason.
  std::string Enter(const std::string& name, const std::string& password, Authenticator& door) {
    const std::string header = BasicOf(name, password);
    const std::string_view values[] = {header};
    Attempt attempt;
    attempt.authorization = values;
    attempt.account = account_;
    attempt.peer = "192.0.2.1";
    const auto session = door.Authenticate(attempt);
    if (!session.ok()) return std::string(session.error().reason());
    std::string text = (*session)->principal.Text();
    for (const std::string& group : (*session)->principal.groups) text += " " + group;
    return text;
  }
  std::string Enter(const std::string& name, const std::string& password = "secret") {
    return Enter(name, password, door_);
  }

  std::optional<meta::User> Row(const std::string& name) {
    std::optional<meta::User> row;
    Must(db_->Read([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(row, meta::FindUser(tx, account_, name));
      return Ok();
    }));
    return row;
  }

  FakeDirectory directory_;
  DirectoryLogins logins_{directory_, access_, clock_, {}};
  Authenticator door_{access_, tokens_, key_, passwords_, lockout_, clock_, &logins_};
};

TEST_F(DirectoryLoginsTest, TheFirstLoginMakesTheUser) {
  EXPECT_EQ(Enter("bob", "wrong"), "credentials_wrong");
  EXPECT_FALSE(Row("bob").has_value());
  EXPECT_EQ(Enter("bob"), "user:bob devs");
  const auto row = Row("bob");
  ASSERT_TRUE(row.has_value());
  EXPECT_TRUE(row->from_directory);
  EXPECT_EQ(row->email, "bob@example.com");
  EXPECT_EQ(row->password_hash, "");
  EXPECT_EQ(Enter("nobody"), "credentials_wrong");
}

TEST_F(DirectoryLoginsTest, ALoginIsRememberedForAMinute) {
  EXPECT_EQ(Enter("bob"), "user:bob devs");
  Enter("bob");
  const int asked = directory_.asked;
  Enter("bob");
  EXPECT_EQ(directory_.asked, asked);
  clock_.Advance(Seconds(61));
  Enter("bob");
  EXPECT_EQ(directory_.asked, asked + 1);
}

TEST_F(DirectoryLoginsTest, GroupsAreThoseOfTheDirectory) {
  EXPECT_EQ(Enter("bob"), "user:bob devs");
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::AddGroupMember(tx, account_, "local", "bob"));
    return Ok();
  }));
  clock_.Advance(Seconds(61));
  EXPECT_EQ(Enter("bob"), "user:bob devs");
  Put("bob", {"local", "not a name", "local"});
  clock_.Advance(Seconds(61));
  EXPECT_EQ(Enter("bob"), "user:bob local");
  Put("bob", {});
  clock_.Advance(Seconds(61));
  EXPECT_EQ(Enter("bob"), "user:bob");
}

TEST_F(DirectoryLoginsTest, ALoginThatChangesNothingRaisesNoVersion) {
  Enter("bob");
  const int64_t before = access_.IdentityChanges();
  door_.Forget();
  EXPECT_EQ(Enter("bob"), "user:bob devs");
  EXPECT_EQ(access_.IdentityChanges(), before);
}

TEST_F(DirectoryLoginsTest, GroupsAreMadeWhenThatIsWantedAndThePrefixFits) {
  DirectoryLogins logins(directory_, access_, clock_, {account_, "registry-", true});
  Authenticator door(access_, tokens_, key_, passwords_, lockout_, clock_, &logins);
  Put("carol", {"devs", "registry-devs", "registry admins"});
  EXPECT_EQ(Enter("carol", "secret", door), "user:carol registry-devs");
}

TEST_F(DirectoryLoginsTest, AUserOfOursIsNeverAskedFor) {
  EXPECT_EQ(Enter("alice", "correct horse"), "user:alice");
  EXPECT_EQ(Enter("alice"), "credentials_wrong");
  Must(identities_.CreateUser(account_, "dora", "", std::nullopt));
  Put("dora", {});
  EXPECT_EQ(Enter("dora"), "credentials_wrong");
  EXPECT_EQ(directory_.asked, 0);
  // Nor does another spelling of a name help.
  EXPECT_EQ(Enter("ALICE"), "credentials_wrong");
  EXPECT_EQ(directory_.asked, 1);
  EXPECT_FALSE(Row("ALICE").has_value());
}

TEST_F(DirectoryLoginsTest, EverySpellingIsTheSameUser) {
  EXPECT_EQ(Enter("BOB"), "user:bob devs");
  EXPECT_EQ(Enter("Bob"), "user:bob devs");
  EXPECT_FALSE(Row("BOB").has_value());
}

TEST_F(DirectoryLoginsTest, APasswordOfOursTakesTheUserFromTheDirectory) {
  Enter("bob");
  Must(identities_.SetPassword(account_, "bob", "battery staple", false));
  EXPECT_EQ(Enter("bob"), "credentials_wrong");
  EXPECT_EQ(Enter("bob", "battery staple"), "user:bob devs");
}

TEST_F(DirectoryLoginsTest, WhoIsDisabledHereStaysOut) {
  Enter("bob");
  auto row = Row("bob").value();
  row.disabled = true;
  Must(access_.Write([&](db::Tx& tx) -> Result<void> {
    TRY(meta::UpdateUser(tx, account_, row));
    return Ok();
  }));
  EXPECT_EQ(Enter("bob"), "credentials_wrong");
}

TEST_F(DirectoryLoginsTest, ADirectoryThatIsDownSaysNothingAboutPasswords) {
  directory_.down = true;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Enter("bob"), "directory_unreachable");
  EXPECT_EQ(Enter("alice", "correct horse"), "user:alice");
  directory_.down = false;
  EXPECT_EQ(Enter("bob"), "user:bob devs");  // and nobody was locked out
}

TEST_F(DirectoryLoginsTest, GuessingIsSlow) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Enter("bob", "wrong"), "credentials_wrong");
  EXPECT_EQ(Enter("bob"), "locked_out");
  EXPECT_EQ(Enter("BOB"), "locked_out");
  EXPECT_EQ(directory_.asked, 6);
}

TEST_F(DirectoryLoginsTest, ServesItsAccountOnlyAndNamesThatCanBe) {
  const std::optional<meta::User> none;
  EXPECT_TRUE(logins_.Serves(account_, "bob", none));
  EXPECT_FALSE(logins_.Serves(other_account_, "bob", none));
  for (const char* name : {"", "*", "bob smith", "cn=bob", "AWS", ".bob"})
    EXPECT_FALSE(logins_.Serves(account_, name, none)) << name;
}

}  // namespace
}  // namespace gantry::auth
