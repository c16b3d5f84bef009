#include "api/ecr/documents.h"

#include <utility>

#include "api/ecr/errors.h"

namespace gantry::api::ecr {
namespace {

db::Db& DbOf(const Call& call) { return call.services.access.db(); }

Result<void> RequireRoom(db::Tx& tx, const Call& call, const char* kind, int64_t limit) {
  TRY_ASSIGN(const auto all,
             meta::ListAccountDocuments(tx, call.account, kind, std::nullopt, limit));
  if (static_cast<int64_t>(all.size()) < limit) return Ok();
  return Error(Code::kResourceExhausted, "limit_exceeded",
               "The registry with id '" + std::string(call.account.text()) + "' has " +
                   std::to_string(limit) + " of these already, which is the limit");
}

}  // namespace

Result<std::optional<meta::AccountDocument>> FindDocument(const Call& call, const char* kind,
                                                          const std::string& name) {
  std::optional<meta::AccountDocument> found;
  TRY(DbOf(call).Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, meta::FindAccountDocument(tx, call.account, kind, name));
    return Ok();
  }));
  return found;
}

Result<std::vector<meta::AccountDocument>> ListDocuments(const Call& call, const char* kind,
                                                         const std::optional<std::string>& after,
                                                         int64_t limit) {
  std::vector<meta::AccountDocument> found;
  TRY(DbOf(call).Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, meta::ListAccountDocuments(tx, call.account, kind, after, limit));
    return Ok();
  }));
  return found;
}

Result<meta::AccountDocument> ChangeDocument(const Call& call, const char* kind,
                                             const std::string& name, int64_t limit,
                                             const DocumentChange& change) {
  meta::AccountDocument made;
  TRY(DbOf(call).Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto old, meta::FindAccountDocument(tx, call.account, kind, name));
    TRY_ASSIGN(made, change(old));
    if (!old) TRY(RequireRoom(tx, call, kind, limit));
    made.kind = kind;
    made.name = name;
    made.updated_at = call.services.clock.Now();
    made.created_at = old ? old->created_at : made.updated_at;
    return meta::PutAccountDocument(tx, call.account, made);
  }));
  return made;
}

Result<void> PutDocument(const Call& call, const char* kind, const std::string& name,
                         std::string body) {
  return DbOf(call).Write([&](db::Tx& tx) {
    const Time now = call.services.clock.Now();
    return meta::PutAccountDocument(tx, call.account, {kind, name, body, now, now});
  });
}

Result<std::optional<meta::AccountDocument>> TakeDocument(const Call& call, const char* kind,
                                                          const std::string& name) {
  std::optional<meta::AccountDocument> found;
  TRY(DbOf(call).Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, meta::FindAccountDocument(tx, call.account, kind, name));
    if (!found) return Ok();
    TRY_ASSIGN(const bool deleted, meta::DeleteAccountDocument(tx, call.account, kind, name));
    if (!deleted) found.reset();
    return Ok();
  }));
  return found;
}

std::string PrefixName(std::string prefix) {
  if (prefix.ends_with('/')) prefix.pop_back();
  return prefix;
}

std::string InputText(const Call& call, std::string_view member, std::string_view fallback) {
  for (const Shape::Member& one : call.shape.members) {
    const json::Value value = call.Find(member);
    if (one.name != member || !value) continue;
    std::string text;
    json::Writer writer(text);
    Model::Copy(*one.shape, value, writer);
    return text;
  }
  return std::string(fallback);
}

}  // namespace gantry::api::ecr
