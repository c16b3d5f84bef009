#include "auth/bootstrap.h"

#include "base/encoding.h"
#include "crypto/random.h"
#include "meta/accounts.h"
#include "meta/policies.h"
#include "meta/users.h"

namespace gantry::auth {
namespace {

constexpr size_t kPasswordBytes = 15;  // 20 characters

}  // namespace

Result<std::optional<FirstStart>> EnsureFirstAccount(AccessVersions& access, meta::IdGenerator& ids,
                                                     crypto::PasswordHasher& passwords,
                                                     const Clock& clock) {
  const auto has_account = [](db::Tx& tx) -> Result<bool> {
    TRY_ASSIGN(const auto accounts, meta::ListAccounts(tx, "", 1));
    return !accounts.empty();
  };
  bool there = false;
  TRY(access.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(there, has_account(tx));
    return Ok();
  }));
  FirstStart first;
  if (!there) {
    first.user = "admin";
    first.password = Base64UrlEncode(crypto::RandomBytes(kPasswordBytes));
    TRY_ASSIGN(const std::string hash, passwords.Hash(first.password));
    TRY(access.Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(there, has_account(tx));
      if (there) return Ok();
      const iam::AccountId account = iam::AccountId::Default();
      const Time now = clock.Now();
      TRY(meta::InsertAccount(tx, {account, "default", now}));
      TRY(meta::InsertUser(tx, account, {first.user, "", hash, true, false, now}));
      meta::RoleBinding binding;
      binding.scope = {"account", ""};
      binding.role = "system-admin";
      binding.principal = "user:" + first.user;
      binding.created_at = now;
      TRY(meta::AddRoleBinding(tx, ids, account, binding));
      return Ok();
    }));
  }
  if (there) return std::optional<FirstStart>();
  return std::optional(std::move(first));
}

}  // namespace gantry::auth
