#include "meta/access_keys.h"
#include "meta/accounts.h"
#include "meta/groups.h"
#include "meta/policies.h"
#include "meta/projects.h"
#include "meta/robots.h"
#include "meta/testing/access_rows.h"
#include "meta/testing/contract.h"
#include "meta/tokens.h"
#include "meta/trusts.h"
#include "meta/users.h"

namespace gantry::meta {
namespace {

using Names = std::vector<std::string>;

class Access : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    Write([&](db::Tx& tx) { InsertAccessRows(tx, ids_, now()); });
  }

  AccountVersions Versions() {
    AccountVersions found{account_, 0, 0};
    Read([&](db::Tx& tx) { found = Must(ListAccountVersions(tx)).at(0); });
    return found;
  }

  // By how much a change raises the versions.
  struct Raised {
    int64_t policies = 0;
    int64_t identities = 0;
    bool operator==(const Raised&) const = default;
  };
  Raised RaisedBy(const std::function<void(db::Tx&)>& change) {
    const AccountVersions before = Versions();
    Write(change);
    const AccountVersions after = Versions();
    return {after.policies - before.policies, after.identities - before.identities};
  }

  const iam::AccountId account_ = TestAccount();
  const iam::AccountId other_ = iam::AccountId::Default();
};

TEST_P(Access, AccountsAreFoundByIdAndAlias) {
  Write([&](db::Tx& tx) { Must(InsertAccount(tx, {other_, "default", now()})); });
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindAccount(tx, account_)).value().alias, "acme");
    EXPECT_EQ(Must(FindAccountByAlias(tx, "default")).value().id, other_);
    EXPECT_FALSE(Must(FindAccountByAlias(tx, "nobody")).has_value());
    EXPECT_EQ(Must(ListAccounts(tx, "", 10)).size(), 2U);
    EXPECT_EQ(Must(ListAccounts(tx, "", 1)).at(0).id, other_);
    EXPECT_EQ(Must(ListAccounts(tx, std::string(other_.text()), 10)).at(0).id, account_);
  });
  EXPECT_EQ(WriteError([&](db::Tx& tx) {
              return InsertAccount(tx, {account_, "x", now()});
            }),
            "already_exists/unique_violation");
  Write([&](db::Tx& tx) {
    EXPECT_TRUE(Must(SetAccountAlias(tx, account_, "acme2")));
    EXPECT_EQ(Must(FindAccountByAlias(tx, "acme2")).value().id, account_);
  });
  EXPECT_EQ(WriteError([&](db::Tx& tx) -> Result<void> {
              TRY(SetAccountAlias(tx, account_, "default"));
              return Ok();
            }),
            "already_exists/unique_violation");
}

TEST_P(Access, ChangesOfPoliciesRaiseTheirVersion) {
  const Raised policies{1, 0};
  const PolicyScope repository{"repository", "app/web"};
  RoleBinding binding;
  binding.scope = repository;
  binding.role = "reader";
  binding.principal = "*";
  std::optional<BindingId> id;
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { id = Must(AddRoleBinding(tx, ids_, account_, binding)); }),
            policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_FALSE(Must(AddRoleBinding(tx, ids_, account_, binding)).has_value());
            }),
            Raised());
  EXPECT_EQ(
      RaisedBy([&](db::Tx& tx) { EXPECT_TRUE(Must(DeleteRoleBinding(tx, account_, id.value()))); }),
      policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              Must(PutRole(tx, account_, {"r", "", "*", now()}));
            }),
            policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { EXPECT_TRUE(Must(DeleteRole(tx, account_, "r"))); }),
            policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              Must(PutProject(tx, account_, {"", false, now()}));
            }),
            policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { EXPECT_TRUE(Must(DeleteProject(tx, account_, ""))); }),
            policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_TRUE(Must(DeletePolicyDocument(tx, account_, repository, "policy")));
            }),
            policies);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_FALSE(Must(DeletePolicyDocument(tx, account_, repository, "policy")));
            }),
            Raised());
}

TEST_P(Access, ChangesOfIdentitiesRaiseTheirVersion) {
  const Raised identities{0, 1};
  User user{"bob", "", "h", false, false, now()};
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { Must(InsertUser(tx, account_, user)); }), identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { EXPECT_TRUE(Must(UpdateUser(tx, account_, user))); }),
            identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_TRUE(Must(ReplacePasswordHash(tx, account_, "bob", "h", "h2")));
              EXPECT_FALSE(Must(ReplacePasswordHash(tx, account_, "bob", "h", "h3")));
            }),
            Raised());
  EXPECT_EQ(
      RaisedBy([&](db::Tx& tx) { EXPECT_TRUE(Must(AddGroupMember(tx, account_, "devs", "bob"))); }),
      identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_FALSE(Must(AddGroupMember(tx, account_, "devs", "bob")));
            }),
            Raised());
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_TRUE(Must(RemoveGroupMember(tx, account_, "devs", "bob")));
            }),
            identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) {
              EXPECT_TRUE(Must(SetAccessKeyDisabled(tx, account_, "AKIA1", false)));
            }),
            identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { Must(RevokeToken(tx, account_, "t2", now())); }),
            identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { Must(EndSessionsBefore(tx, account_, "user:bob", now())); }),
            identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { EXPECT_TRUE(Must(DeleteTrust(tx, account_, "github"))); }),
            identities);
  EXPECT_EQ(RaisedBy([&](db::Tx& tx) { Must(RaiseAllIdentities(tx)); }), identities);
}

TEST_P(Access, AChangeInAnAccountThatIsNotThereIsAnError) {
  EXPECT_NE(WriteError([&](db::Tx& tx) {
              return PutProject(tx, other_, {"app", true, now()});
            }),
            "");
  EXPECT_EQ(WriteError([&](db::Tx& tx) { return RaisePolicies(tx, other_); }),
            "internal/row_missing");
}

TEST_P(Access, UsersComeInPagesAndGoWithWhatIsTheirs) {
  RoleBinding binding;
  binding.scope = {"account", ""};
  binding.role = "reader";
  binding.principal = "user:alice";
  Write([&](db::Tx& tx) {
    Must(AddRoleBinding(tx, ids_, account_, binding));
    Must(InsertUser(tx, account_, {"Bob", "", "", false, true, now()}));
    Must(InsertUser(tx, account_, {"carol", "", "", false, false, now()}));
  });
  Read([&](db::Tx& tx) {
    const auto first = Must(ListUsers(tx, account_, "", 2));
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(first[0].name, "Bob");
    EXPECT_TRUE(first[0].disabled);
    EXPECT_EQ(first[1].name, "alice");
    EXPECT_TRUE(first[1].password_must_change);
    EXPECT_TRUE(first[1].from_directory);
    EXPECT_FALSE(first[0].from_directory);
    EXPECT_EQ(first[1].email, "alice@example.com");
    EXPECT_EQ(Must(ListUsers(tx, account_, "alice", 2)).at(0).name, "carol");
    EXPECT_TRUE(Must(ListUsers(tx, other_, "", 2)).empty());
    EXPECT_FALSE(Must(FindUser(tx, other_, "alice")).has_value());
    EXPECT_EQ(Must(GroupsOf(tx, account_, "alice")), Names{"devs"});
    EXPECT_EQ(Must(ListGroupMembers(tx, account_, "devs", "", 10)), Names{"alice"});
  });
  EXPECT_EQ(WriteError([&](db::Tx& tx) {
              return InsertUser(tx, account_, {"alice", "", "", false, false, now()});
            }),
            "already_exists/unique_violation");
  Write([&](db::Tx& tx) {
    EXPECT_TRUE(Must(DeleteUser(tx, account_, "alice")));
    EXPECT_FALSE(Must(DeleteUser(tx, account_, "alice")));
    EXPECT_FALSE(Must(FindAccessKey(tx, "AKIA1")).has_value());
    EXPECT_TRUE(Must(GroupsOf(tx, account_, "alice")).empty());
    for (const auto& left : Must(ListRoleBindings(tx, account_))) {
      EXPECT_NE(left.principal, "user:alice");
    }
  });
}

TEST_P(Access, GroupsGoWithTheirMemberships) {
  Write([&](db::Tx& tx) {
    EXPECT_TRUE(Must(DeleteGroup(tx, account_, "devs")));
    EXPECT_FALSE(Must(FindGroup(tx, account_, "devs")).has_value());
    EXPECT_TRUE(Must(GroupsOf(tx, account_, "alice")).empty());
    Must(PutGroup(tx, account_, {"ops", "a", now()}));
    Must(PutGroup(tx, account_, {"ops", "b", now() + Hours(1)}));
    const auto groups = Must(ListGroups(tx, account_, "", 10));
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].description, "b");
    EXPECT_EQ(groups[0].created_at, now());
  });
  EXPECT_EQ(WriteError([&](db::Tx& tx) -> Result<void> {
              TRY(AddGroupMember(tx, account_, "nothing", "alice"));
              return Ok();
            }),
            "failed_precondition/constraint_violation");
}

TEST_P(Access, RobotsHaveSecretsAndPerhapsAProject) {
  Write([&](db::Tx& tx) {
    Robot robot = Must(FindRobot(tx, account_, "app+ci")).value();
    EXPECT_EQ(robot.project, "app");
    EXPECT_EQ(robot.expires_at, now() + Hours(1));
    robot.project = std::nullopt;
    robot.disabled = true;
    EXPECT_TRUE(Must(UpdateRobot(tx, account_, robot)));
    EXPECT_FALSE(Must(FindRobot(tx, account_, "app+ci")).value().project.has_value());
    Must(PutRobotSecret(tx, account_, "app+ci", {"0b", now() + Hours(1), {}}));
    Must(PutRobotSecret(tx, account_, "app+ci", {"0a", now(), now()}));
    const auto secrets = Must(ListRobotSecrets(tx, account_, "app+ci"));
    ASSERT_EQ(secrets.size(), 2U);
    EXPECT_EQ(secrets[0].hash, "0a");
    EXPECT_EQ(secrets[0].expires_at, now());
    EXPECT_EQ(secrets[1].expires_at, Time{});
    EXPECT_TRUE(Must(DeleteRobotSecret(tx, account_, "app+ci", "0a")));
    EXPECT_EQ(Must(ListRobots(tx, account_, "", 10)).size(), 1U);
    EXPECT_TRUE(Must(DeleteRobot(tx, account_, "app+ci")));
    EXPECT_TRUE(Must(ListRobotSecrets(tx, account_, "app+ci")).empty());
    EXPECT_FALSE(Must(DeleteRobot(tx, account_, "app+ci")));
  });
}

TEST_P(Access, AccessKeysAreFoundByIdAndOwner) {
  Write([&](db::Tx& tx) {
    const auto key = Must(FindAccessKey(tx, "AKIA1")).value();
    EXPECT_EQ(key.account, account_);
    EXPECT_EQ(key.owner, "user:alice");
    EXPECT_EQ(key.sealed_secret, std::string("\0\xff", 2));
    EXPECT_TRUE(key.disabled);
    EXPECT_EQ(Must(ListAccessKeys(tx, account_, "user:alice")).size(), 1U);
    EXPECT_FALSE(Must(DeleteAccessKey(tx, other_, "AKIA1")));
    EXPECT_TRUE(Must(DeleteAccessKey(tx, account_, "AKIA1")));
  });
}

TEST_P(Access, DocumentsChangeOnlyFromTheEtagThatWasSeen) {
  const PolicyDocument fresh{{"repository", "app/web"}, "policy", "iam", "{2}", "e2", now()};
  Write([&](db::Tx& tx) {
    EXPECT_FALSE(Must(PutPolicyDocument(tx, ids_, account_, fresh, "e0")));
    EXPECT_FALSE(Must(PutPolicyDocument(tx, ids_, account_, fresh, "")));
    EXPECT_TRUE(Must(PutPolicyDocument(tx, ids_, account_, fresh, "e1")));
    EXPECT_TRUE(Must(PutPolicyDocument(tx, ids_, account_, fresh, std::nullopt)));
    EXPECT_EQ(Must(FindPolicyDocument(tx, account_, fresh.scope, "policy")).value().body, "{2}");
    EXPECT_EQ(Must(ListPolicyDocuments(tx, account_)).size(), 1U);
    Must(DeletePoliciesOf(tx, account_, fresh.scope));
    EXPECT_TRUE(Must(ListPolicyDocuments(tx, account_)).empty());
    EXPECT_TRUE(Must(PutPolicyDocument(tx, ids_, account_, fresh, "")));
    EXPECT_EQ(Must(ListRoleBindings(tx, account_, {"project", "app"})).at(0).role, "pusher");
    EXPECT_TRUE(Must(ListRoleBindings(tx, account_, {"project", "web"})).empty());
    EXPECT_EQ(Must(ListRoles(tx, account_)).at(0).actions, "repository:Push");
  });
}

TEST_P(Access, TrustsAreFoundByNameAndIssuer) {
  Write([&](db::Tx& tx) {
    Trust trust = Must(FindTrust(tx, account_, "github")).value();
    EXPECT_EQ(trust.lifetime_max, Seconds(3600));
    trust.disabled = true;
    trust.jwks = "{}";
    Must(PutTrust(tx, account_, trust));
    const auto found = Must(ListTrustsOfIssuer(tx, account_, "https://issuer.example.com"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(found[0].disabled);
    EXPECT_EQ(found[0].jwks, "{}");
    EXPECT_TRUE(Must(ListTrustsOfIssuer(tx, account_, "https://other.example.com")).empty());
    EXPECT_EQ(Must(ListTrusts(tx, account_)).size(), 1U);
  });
}

TEST_P(Access, KeysRetireAndRevocationsEnd) {
  Write([&](db::Tx& tx) {
    Must(InsertSigningKey(tx, {"k2", "ES256", "sealed", now(), now(), now() + Hours(9)}));
    Must(RetireOtherKeys(tx, "k2", now()));
    const auto keys = Must(ListSigningKeys(tx));
    ASSERT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys[0].retire_at, now());
    EXPECT_EQ(keys[1].retire_at, now() + Hours(9));
    Must(DeleteSigningKeysRetiredBefore(tx, now() + Seconds(1)));
    EXPECT_EQ(Must(ListSigningKeys(tx)).at(0).id, "k2");

    EXPECT_TRUE(Must(IsTokenRevoked(tx, "t1")));
    EXPECT_FALSE(Must(IsTokenRevoked(tx, "t2")));
    Must(DeleteRevocationsBefore(tx, now() + Hours(2)));
    EXPECT_FALSE(Must(IsTokenRevoked(tx, "t1")));

    EXPECT_EQ(Must(SessionsValidFrom(tx, account_, "user:alice")), now());
    Must(EndSessionsBefore(tx, account_, "user:alice", now() - Hours(1)));
    EXPECT_EQ(Must(SessionsValidFrom(tx, account_, "user:alice")), now());
    Must(EndSessionsBefore(tx, account_, "user:alice", now() + Hours(1)));
    EXPECT_EQ(Must(SessionsValidFrom(tx, account_, "user:alice")), now() + Hours(1));
    EXPECT_FALSE(Must(SessionsValidFrom(tx, account_, "robot:ci")).has_value());
  });
}

INSTANTIATE_TEST_SUITE_P(Meta, Access, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
