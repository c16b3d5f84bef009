#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/access_versions.h"
#include "auth/directory.h"
#include "auth/outside_groups.h"
#include "base/clock.h"
#include "base/result.h"
#include "iam/account_id.h"
#include "meta/users.h"

namespace gantry::auth {

struct DirectoryLoginOptions {
  iam::AccountId account = iam::AccountId::Default();  // whose users the directory has
  // Only groups whose name begins so are taken over; "" for all.
  std::string group_prefix;
  // Makes groups of the directory that are not there; without, they are passed over.
  bool create_groups = false;
};

// Lets users of a directory in: makes their rows and keeps their groups as the directory's.
// Threads: all methods from any thread.
class DirectoryLogins {
 public:
  // `directory`, `access` and `clock` outlive this.
  DirectoryLogins(Directory& directory, AccessVersions& access, const Clock& clock,
                  DirectoryLoginOptions options)
      : directory_(directory),
        access_(access),
        clock_(clock),
        options_(std::move(options)),
        groups_({options_.group_prefix, options_.create_groups, "of the directory"}) {}

  // Whether the directory is asked for a name: one of its account that could be a user's, and is
  // none's, or that of a user from the directory who has no password here. `user`: of that name.
  bool Serves(const iam::AccountId& account, std::string_view name,
              const std::optional<meta::User>& user) const;

  // The name of the user who is let in, as the directory spells it: his row is there, and his
  // groups are exactly those of the directory that exist here. nullopt: wrong name or password, or
  // the name, as the directory spells it, is that of a user of ours. Errors: as Directory::Check,
  // and the database's. REQUIRES: Serves.
  Result<std::optional<std::string>> Login(const std::string& name, const std::string& password);

 private:
  Result<bool> IsUpToDate(db::Tx& tx, const DirectoryUser& found,
                          const std::optional<meta::User>& row) const;
  Result<void> Store(db::Tx& tx, const DirectoryUser& found, std::optional<meta::User> row) const;

  Directory& directory_;
  AccessVersions& access_;
  const Clock& clock_;
  const DirectoryLoginOptions options_;
  const OutsideGroups groups_;
};

}  // namespace gantry::auth
