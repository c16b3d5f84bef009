#include "meta/accounts.h"

#include <algorithm>
#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "crypto/random.h"

namespace gantry::api::admin {
namespace {

void WriteAccount(json::Writer& writer, const meta::AccountRow& account) {
  writer.BeginObject();
  writer.Key("id").String(account.id.text()).Key("alias").String(account.alias);
  WriteTime(writer, "created", account.created_at);
  writer.EndObject();
}

// A letter first, so that no alias looks like an id.
Result<void> CheckAlias(std::string_view alias) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool fits = alias.size() >= 2 && alias.size() <= 63 && is_letter(alias.front()) &&
                    alias.back() != '-' && std::all_of(alias.begin(), alias.end(), [&](char c) {
                      return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
                    });
  if (fits) return Ok();
  return InvalidArgument("alias_invalid",
                         "\"" + std::string(alias.substr(0, 64)) +
                             "\" is no alias: 2 to 63 lower-case letters, digits and '-', a letter "
                             "first and no '-' last");
}

Error Taken(std::string_view id, std::string_view alias) {
  return Error(Code::kAlreadyExists, "account_exists",
               "the id " + std::string(id) + " or the alias \"" + std::string(alias) +
                   "\" belongs to another account; choose another one");
}

// Twelve digits, the first not zero.
Result<iam::AccountId> RandomAccountId() {
  std::string digits;
  for (const char byte : crypto::RandomBytes(12)) {
    const int value = static_cast<unsigned char>(byte);
    digits += static_cast<char>(digits.empty() ? '1' + value % 9 : '0' + value % 10);
  }
  return iam::AccountId::Parse(digits);
}

Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(const PageWanted page, ReadPage(call.request));
  std::vector<meta::AccountRow> accounts;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(accounts, meta::ListAccounts(tx, page.last, page.n + 1));
    return Ok();
  }));
  return PageAnswer("accounts", accounts, page.n, WriteAccount);
}

Result<http::Response> Show(const Call& call) {
  std::optional<meta::AccountRow> account;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(account, meta::FindAccount(tx, call.account));
    return Ok();
  }));
  if (!account) return NotFound("account_unknown", "there is no such account");
  return ItemAnswer(*account, WriteAccount);
}

Result<http::Response> Create(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"id", "alias"}));
  TRY_ASSIGN(const auto id, body.OptionalText("id"));
  TRY_ASSIGN(const std::string alias, body.Text("alias"));
  TRY(CheckAlias(alias));
  TRY_ASSIGN(const auto account_id, id ? iam::AccountId::Parse(*id) : RandomAccountId());
  const meta::AccountRow account{account_id, alias, call.now()};
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto same_id, meta::FindAccount(tx, account.id));
    TRY_ASSIGN(const auto same_alias, meta::FindAccountByAlias(tx, account.alias));
    if (same_id || same_alias) return Taken(account.id.text(), account.alias);
    return meta::InsertAccount(tx, account);
  }));
  return ItemAnswer(account, WriteAccount, 201);
}

Result<http::Response> Change(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"alias"}));
  TRY_ASSIGN(const std::string alias, body.Text("alias"));
  TRY(CheckAlias(alias));
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto same_alias, meta::FindAccountByAlias(tx, alias));
    if (same_alias && same_alias->id != call.account) return Taken(call.account.text(), alias);
    TRY(meta::SetAccountAlias(tx, call.account, alias));
    return Ok();
  }));
  return Show(call);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/accounts", "admin_accounts", "system:Operate", ListAll, false},
    {http::Method::kPost, "/accounts", "admin_account_create", "system:Operate", Create, false},
    {http::Method::kGet, "/accounts/{account}", "admin_account", "account:Read", Show, false},
    {http::Method::kPatch, "/accounts/{account}", "admin_account_change", "account:Update", Change,
     false},
};

}  // namespace

std::span<const Row> AccountRows() { return kRows; }

}  // namespace gantry::api::admin
