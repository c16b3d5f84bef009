#include "auth/directory_logins.h"

#include <utility>

#include "auth/names.h"
#include "meta/tokens.h"

namespace gantry::auth {

bool DirectoryLogins::Serves(const iam::AccountId& account, std::string_view name,
                             const std::optional<meta::User>& user) const {
  if (account != options_.account || !IsUserName(name)) return false;
  return !user || (user->from_directory && user->password_hash.empty());
}

Result<std::optional<std::string>> DirectoryLogins::Login(const std::string& name,
                                                          const std::string& password) {
  TRY_ASSIGN(const auto found, directory_.Check(name, password));
  if (!found || !IsUserName(found->name)) return std::optional<std::string>();
  bool ours = false;
  bool up_to_date = false;
  TRY(access_.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto row, meta::FindUser(tx, options_.account, found->name));
    TRY_ASSIGN(up_to_date, IsUpToDate(tx, *found, row));
    return Ok();
  }));
  if (!up_to_date) {
    TRY(access_.Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(auto row, meta::FindUser(tx, options_.account, found->name));
      // Directories know no case, we do: "Admin" may be another one's name here.
      ours = !Serves(options_.account, found->name, row);
      return ours ? Ok() : Store(tx, *found, std::move(row));
    }));
  }
  return ours ? std::nullopt : std::optional(found->name);
}

// So that a login that changes nothing raises no version, and nobody else is looked up again.
Result<bool> DirectoryLogins::IsUpToDate(db::Tx& tx, const DirectoryUser& found,
                                         const std::optional<meta::User>& row) const {
  if (!row || !Serves(options_.account, found.name, row) || row->email != found.email) return false;
  return groups_.AreKept(tx, options_.account, found.name, found.groups);
}

Result<void> DirectoryLogins::Store(db::Tx& tx, const DirectoryUser& found,
                                    std::optional<meta::User> row) const {
  const iam::AccountId& account = options_.account;
  const Time now = clock_.Now();
  if (!row) {
    // Tokens of a user of that name who was deleted are not this one's.
    TRY(meta::EndSessionsBefore(tx, account, "user:" + found.name, now));
    TRY(meta::InsertUser(tx, account, {found.name, found.email, "", false, false, now, true}));
  } else if (row->email != found.email) {
    row->email = found.email;
    TRY(meta::UpdateUser(tx, account, *row));
  }
  return groups_.Keep(tx, account, found.name, found.groups, now);
}

}  // namespace gantry::auth
