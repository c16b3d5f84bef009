#include "meta/repository_settings.h"

#include <array>
#include <tuple>

#include "meta/query.h"

namespace gantry::meta {
namespace {

constexpr db::Sql kFind{
    "SELECT tag_mutability, mutability_filters, scan_on_push, encryption, description, updated_at"
    " FROM repository_settings WHERE repository_id = $1"};
constexpr db::Sql kPut{
    "INSERT INTO repository_settings (repository_id, tag_mutability, mutability_filters,"
    " scan_on_push, encryption, description, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (repository_id) DO UPDATE SET tag_mutability = excluded.tag_mutability,"
    " mutability_filters = excluded.mutability_filters, scan_on_push = excluded.scan_on_push,"
    " encryption = excluded.encryption, description = excluded.description,"
    " updated_at = excluded.updated_at"};
constexpr db::Sql kDelete{"DELETE FROM repository_settings WHERE repository_id = $1"};

constexpr db::Sql kListLabels{
    "SELECT label_key, label_value FROM repository_labels WHERE repository_id = $1"
    " ORDER BY label_key"};
constexpr db::Sql kPutLabel{
    "INSERT INTO repository_labels (repository_id, label_key, label_value) VALUES ($1, $2, $3)"
    " ON CONFLICT (repository_id, label_key) DO UPDATE SET label_value = excluded.label_value"};
constexpr db::Sql kDeleteLabel{
    "DELETE FROM repository_labels WHERE repository_id = $1 AND label_key = $2"};
constexpr db::Sql kDeleteLabels{"DELETE FROM repository_labels WHERE repository_id = $1"};

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> kMutabilityNames = {
    "MUTABLE", "IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION", "MUTABLE_WITH_EXCLUSION"};

std::vector<std::string> Split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t blank = text.find(' ');
    words.emplace_back(text.substr(0, blank));
    if (blank == std::string_view::npos) break;
    text.remove_prefix(blank + 1);
  }
  return words;
}

std::string Join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

RepositorySettings SettingsOf(const db::Row& row) {
  RepositorySettings settings;
  settings.tag_mutability = FindTagMutability(row.Text(0)).value_or(TagMutability::kImmutable);
  settings.mutability_filters = Split(row.Text(1));
  settings.scan_on_push = row.Integer(2) != 0;
  settings.encryption = row.Text(3);
  settings.description = row.Text(4);
  settings.updated_at = Time{row.Integer(5)};
  return settings;
}

}  // namespace

std::string_view TagMutabilityName(TagMutability mutability) {
  return kMutabilityNames[static_cast<size_t>(mutability)];
}

std::optional<TagMutability> FindTagMutability(std::string_view name) {
  for (size_t i = 0; i < kMutabilityNames.size(); ++i) {
    if (kMutabilityNames[i] == name) return static_cast<TagMutability>(i);
  }
  return std::nullopt;
}

bool RepositorySettings::operator==(const RepositorySettings& other) const {
  const auto values = [](const RepositorySettings& settings) {
    return std::tie(settings.tag_mutability, settings.mutability_filters, settings.scan_on_push,
                    settings.encryption, settings.description);
  };
  return values(*this) == values(other);
}

Result<RepositorySettings> ReadRepositorySettings(db::Tx& tx, RepositoryId repository) {
  TRY_ASSIGN(auto found, QueryOne<RepositorySettings>(tx, kFind, {repository.value}, SettingsOf));
  return found ? *std::move(found) : RepositorySettings();
}

Result<void> PutRepositorySettings(db::Tx& tx, RepositoryId repository,
                                   const RepositorySettings& settings) {
  const std::string filters = Join(settings.mutability_filters);
  TRY(tx.Execute(kPut, {repository.value, TagMutabilityName(settings.tag_mutability), filters,
                        int64_t{settings.scan_on_push}, settings.encryption, settings.description,
                        settings.updated_at.micros}));
  return Ok();
}

Result<void> DeleteRepositorySettings(db::Tx& tx, RepositoryId repository) {
  TRY(tx.Execute(kDelete, {repository.value}));
  TRY(tx.Execute(kDeleteLabels, {repository.value}));
  return Ok();
}

Result<std::vector<Label>> ListLabels(db::Tx& tx, RepositoryId repository) {
  return QueryAll<Label>(tx, kListLabels, {repository.value},
                         [](const db::Row& row) { return Label(row.Text(0), row.Text(1)); });
}

Result<void> PutLabel(db::Tx& tx, RepositoryId repository, const Label& label) {
  TRY(tx.Execute(kPutLabel, {repository.value, label.first, label.second}));
  return Ok();
}

Result<void> DeleteLabel(db::Tx& tx, RepositoryId repository, const std::string& key) {
  TRY(tx.Execute(kDeleteLabel, {repository.value, key}));
  return Ok();
}

}  // namespace gantry::meta
