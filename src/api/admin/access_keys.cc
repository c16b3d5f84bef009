#include "api/admin/access_keys.h"

#include <optional>

#include "api/admin/answer.h"
#include "api/admin/body.h"
#include "api/admin/handlers.h"
#include "api/admin/rights.h"

namespace gantry::api::admin {
namespace {

void WriteKey(json::Writer& writer, const meta::AccessKey& key) {
  writer.BeginObject();
  writer.Key("id").String(key.id).Key("owner").String(key.owner);
  writer.Key("disabled").Bool(key.disabled);
  WriteTime(writer, "created", key.created_at);
  writer.EndObject();
}

Error KeyUnknown() {
  return NotFound(
      "access_key_unknown",
      "there is no such access key; GET /access-keys?owner=user:NAME lists those of one "
      "owner");
}

Result<http::Response> ListAll(const Call& call) {
  const auto owner = call.request.Query("owner");
  if (!owner) {
    return InvalidArgument("owner_missing",
                           "say whose keys are wanted: ?owner=user:NAME or ?owner=robot:NAME");
  }
  return ListKeysOf(call, *owner);
}

Result<http::Response> Create(const Call& call) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"owner"}));
  TRY_ASSIGN(const std::string owner, body.Text("owner"));
  TRY(RequirePowersOfOwner(call, owner));
  return CreateKeyOf(call, owner);
}

Result<http::Response> Change(const Call& call) {
  TRY_ASSIGN(const meta::AccessKey key, KeyOfPath(call));
  TRY(RequirePowersOfOwner(call, key.owner));
  return ChangeKey(call, key);
}

Result<http::Response> Delete(const Call& call) {
  TRY_ASSIGN(const meta::AccessKey key, KeyOfPath(call));
  TRY(RequirePowersOfOwner(call, key.owner));
  return DeleteKey(call, key);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/access-keys", "admin_keys", "account:Read", ListAll},
    {http::Method::kPost, "/access-keys", "admin_key_create", "account:Admin", Create},
    {http::Method::kPatch, "/access-keys/{key}", "admin_key_change", "account:Admin", Change},
    {http::Method::kDelete, "/access-keys/{key}", "admin_key_delete", "account:Admin", Delete},
};

}  // namespace

Result<http::Response> ListKeysOf(const Call& call, const std::string& owner) {
  std::vector<meta::AccessKey> keys;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(keys, meta::ListAccessKeys(tx, call.account, owner));
    return Ok();
  }));
  return ListAnswer("accessKeys", keys, WriteKey);
}

Result<http::Response> CreateKeyOf(const Call& call, const std::string& owner) {
  TRY_ASSIGN(const auth::NewSecret secret,
             call.services.identities.CreateAccessKey(call.account, owner));
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  writer.Key("id").String(secret.id).Key("owner").String(owner);
  writer.Key("secret").String(secret.secret);
  writer.EndObject();
  return Json(std::move(body), 201);
}

Result<meta::AccessKey> KeyOfPath(const Call& call) {
  std::optional<meta::AccessKey> key;
  TRY(call.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(key, meta::FindAccessKey(tx, call.Parameter("key")));
    return Ok();
  }));
  if (!key || key->account != call.account) return KeyUnknown();
  return *std::move(key);
}

Result<http::Response> ChangeKey(const Call& call, const meta::AccessKey& key) {
  TRY_ASSIGN(const Body body, Body::Read(call.request, {"disabled"}));
  TRY_ASSIGN(const auto disabled, body.OptionalBool("disabled"));
  meta::AccessKey changed = key;
  changed.disabled = disabled.value_or(key.disabled);
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool there,
               meta::SetAccessKeyDisabled(tx, call.account, changed.id, changed.disabled));
    return there ? Ok() : Result<void>(KeyUnknown());
  }));
  return ItemAnswer(changed, WriteKey);
}

Result<http::Response> DeleteKey(const Call& call, const meta::AccessKey& key) {
  TRY(call.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool deleted, meta::DeleteAccessKey(tx, call.account, key.id));
    return deleted ? Ok() : Result<void>(KeyUnknown());
  }));
  return Done();
}

std::span<const Row> AccessKeyRows() { return kRows; }

}  // namespace gantry::api::admin
