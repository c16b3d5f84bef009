#include "core/creation_templates.h"

#include <utility>

#include "core/repositories.h"
#include "json/document.h"
#include "meta/account_documents.h"

namespace gantry::core {
namespace {

constexpr std::string_view kOnPush = "CREATE_ON_PUSH";
constexpr const char* kRoot = "ROOT";

std::string TextOf(json::Value object, std::string_view key) {
  const json::Value value = object.Find(key);
  return value ? std::string(value.String().value_or("")) : "";
}

bool IsForPushes(json::Value body) {
  const json::Value applied = body.Find("appliedFor");
  if (!applied) return false;
  for (const json::Value item : applied.Items()) {
    if (item.String() == kOnPush) return true;
  }
  return false;
}

// The template of one prefix; nullopt when there is none for pushes.
Result<std::optional<json::Document>> FindTemplate(db::Tx& tx, const iam::AccountId& account,
                                                   const std::string& prefix) {
  TRY_ASSIGN(const auto stored,
             meta::FindAccountDocument(tx, account, kCreationTemplateKind, prefix));
  if (!stored) return std::optional<json::Document>();
  TRY_ASSIGN(auto document, json::Document::Parse(stored->body));
  if (!IsForPushes(document.root())) return std::optional<json::Document>();
  return std::optional(std::move(document));
}

// That of the longest prefix: "a/b/c" is asked for as "a/b/c", "a/b", "a", then ROOT.
Result<std::optional<json::Document>> LongestTemplate(db::Tx& tx, const meta::RepositoryKey& key) {
  const iam::AccountId account = key.account_id();
  for (std::string prefix(key.name()); !prefix.empty();) {
    TRY_ASSIGN(auto found, FindTemplate(tx, account, prefix));
    if (found) return found;
    const size_t slash = prefix.rfind('/');
    prefix.resize(slash == std::string::npos ? 0 : slash);
  }
  return FindTemplate(tx, account, kRoot);
}

meta::RepositorySettings SettingsOf(json::Value body) {
  meta::RepositorySettings settings;
  settings.tag_mutability = meta::FindTagMutability(TextOf(body, "imageTagMutability"))
                                .value_or(meta::TagMutability::kMutable);
  if (const json::Value filters = body.Find("imageTagMutabilityExclusionFilters")) {
    for (const json::Value item : filters.Items())
      settings.mutability_filters.push_back(TextOf(item, "filter"));
  }
  settings.description = TextOf(body, "description");
  if (const json::Value encryption = body.Find("encryptionConfiguration")) {
    const std::string type = TextOf(encryption, "encryptionType");
    if (!type.empty()) settings.encryption = R"({"encryptionType":")" + type + "\"}";
  }
  return settings;
}

}  // namespace

Result<meta::RepositoryId> EnsureRepositoryOnPush(db::Tx& tx, const Store& store,
                                                  const meta::RepositoryKey& key, Time now) {
  TRY_ASSIGN(const auto ensured, meta::CreateRepositoryIfNone(tx, store.ids, key, now));
  if (!ensured.created) return ensured.id;
  TRY_ASSIGN(const auto found, LongestTemplate(tx, key));
  if (!found) return ensured.id;
  const json::Value body = found->root();
  meta::RepositorySettings settings = SettingsOf(body);
  settings.updated_at = now;
  TRY(CheckMutability(settings));
  TRY(meta::PutRepositorySettings(tx, ensured.id, settings));
  if (const json::Value tags = body.Find("resourceTags")) {
    for (const json::Value item : tags.Items())
      TRY(meta::PutLabel(tx, ensured.id, {TextOf(item, "Key"), TextOf(item, "Value")}));
  }
  return ensured.id;
}

}  // namespace gantry::core
