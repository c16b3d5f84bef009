#include "meta/testing/access_rows.h"

#include "meta/access_keys.h"
#include "meta/accounts.h"
#include "meta/groups.h"
#include "meta/policies.h"
#include "meta/projects.h"
#include "meta/robots.h"
#include "meta/testing/contract.h"
#include "meta/tokens.h"
#include "meta/trusts.h"
#include "meta/user_identities.h"
#include "meta/users.h"

namespace gantry::meta {

iam::AccountId TestAccount() { return Must(iam::AccountId::Parse("123456789012")); }

void InsertAccessRows(db::Tx& tx, IdGenerator& ids, Time now) {
  const iam::AccountId account = TestAccount();
  Must(InsertAccount(tx, {account, "acme", now}));
  Must(PutProject(tx, account, {"app", true, now}));
  Must(InsertUser(tx, account, {"alice", "alice@example.com", "$hash", true, false, now, true}));
  Must(InsertUserIdentity(tx, account, {"https://login.example.com", "a-1", "alice", now}));
  Must(PutGroup(tx, account, {"devs", "developers", now}));
  Must(AddGroupMember(tx, account, "devs", "alice"));
  Must(InsertRobot(tx, account, {"app+ci", "builds", "app", now + Hours(1), false, now}));
  Must(PutRobotSecret(tx, account, "app+ci", {"0a", now, now + Hours(2)}));
  Must(InsertAccessKey(tx, {"AKIA1", account, "user:alice", std::string("\0\xff", 2), true, now}));
  Must(PutRole(tx, account, {"pusher", "may push", "repository:Push", now}));
  RoleBinding binding;
  binding.scope = {"project", "app"};
  binding.role = "pusher";
  binding.principal = "group:devs";
  binding.created_at = now;
  Must(AddRoleBinding(tx, ids, account, binding));
  Must(PutPolicyDocument(tx, ids, account,
                         {{"repository", "app/web"}, "policy", "iam", "{}", "e1", now}, {}));
  Trust trust;
  trust.name = "github";
  trust.issuer = "https://issuer.example.com";
  trust.audiences = "[\"gantry\"]";
  trust.created_at = now;
  Must(PutTrust(tx, account, trust));
  Must(InsertSigningKey(tx, {"k1", "ES256", "sealed", now, now, now + Hours(1)}));
  Must(RevokeToken(tx, account, "t1", now + Hours(1)));
  Must(EndSessionsBefore(tx, account, "user:alice", now));
}

}  // namespace gantry::meta
