#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"

// Queries over documents of an account that a dialect checks, keeps and gives back: creation
// templates, pull-through rules, configurations. A kind says what a document is and whose words it
// is in, "ecr.creation_template"; names are unique within their kind.
namespace gantry::meta {

struct AccountDocument {
  std::string kind;
  std::string name;  // "" where there is one of its kind
  std::string body;  // JSON
  Time created_at{};
  Time updated_at{};
};

// Inserts or replaces (created_at stays).
Result<void> PutAccountDocument(db::Tx& tx, const iam::AccountId& account,
                                const AccountDocument& document);
Result<std::optional<AccountDocument>> FindAccountDocument(db::Tx& tx,
                                                           const iam::AccountId& account,
                                                           const std::string& kind,
                                                           const std::string& name);
// Up to `limit` of one kind in byte order of names, after `after`; nullopt from the start.
Result<std::vector<AccountDocument>> ListAccountDocuments(db::Tx& tx, const iam::AccountId& account,
                                                          const std::string& kind,
                                                          const std::optional<std::string>& after,
                                                          int64_t limit);
// False: there was none.
Result<bool> DeleteAccountDocument(db::Tx& tx, const iam::AccountId& account,
                                   const std::string& kind, const std::string& name);

}  // namespace gantry::meta
