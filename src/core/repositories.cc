#include "core/repositories.h"

#include <algorithm>
#include <utility>

#include "core/epochs.h"
#include "core/lookup.h"
#include "core/pins.h"
#include "meta/manifests.h"
#include "meta/policies.h"
#include "meta/tags.h"
#include "meta/trash.h"

namespace gantry::core {
namespace {

constexpr size_t kFilterBytesMax = 128;
constexpr size_t kLabelKeyBytesMax = 128;
constexpr size_t kLabelValueBytesMax = 256;

bool IsFilterByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
         c == '_' || c == '*' || c == '-';
}

Error FilterInvalid(std::string message) {
  return InvalidArgument("filter_invalid", std::move(message));
}

Result<void> CheckLabels(const std::vector<meta::Label>& labels) {
  for (const auto& [key, value] : labels) {
    if (!key.empty() && key.size() <= kLabelKeyBytesMax && value.size() <= kLabelValueBytesMax)
      continue;
    return InvalidArgument(
               "label_invalid",
               "a label has a key of 1 to 128 bytes and a value of at most 256, not \"" + key +
                   "\"")
        .With("key", key);
  }
  return Ok();
}

Result<void> StoreLabels(db::Tx& tx, meta::RepositoryId id,
                         const std::vector<meta::Label>& labels) {
  for (const auto& label : labels) TRY(meta::PutLabel(tx, id, label));
  TRY_ASSIGN(const auto stored, meta::ListLabels(tx, id));
  if (stored.size() <= kLabelsMax) return Ok();
  return Error(Code::kResourceExhausted, "too_many_labels",
               "a repository has at most " + std::to_string(kLabelsMax) + " labels, not " +
                   std::to_string(stored.size()));
}

Result<RepositoryDescription> DescribeIn(db::Tx& tx, const meta::RepositoryKey& key) {
  TRY_ASSIGN(auto repository, meta::FindRepository(tx, key));
  if (!repository) return NameUnknown(key);
  TRY_ASSIGN(auto settings, meta::ReadRepositorySettings(tx, repository->id));
  return RepositoryDescription{*std::move(repository), std::move(settings)};
}

Error NotEmpty(const meta::RepositoryKey& key, int64_t manifests) {
  return Error(Code::kFailedPrecondition, "repository_not_empty",
               "repository \"" + std::string(key.name()) + "\" has " + std::to_string(manifests) +
                   " manifests; delete them first, or use force")
      .With("name", std::string(key.name()));
}

}  // namespace

Result<void> CheckMutability(const meta::RepositorySettings& settings) {
  using Mode = meta::TagMutability;
  const auto& filters = settings.mutability_filters;
  const bool has_exceptions = settings.tag_mutability == Mode::kImmutableWithExclusion ||
                              settings.tag_mutability == Mode::kMutableWithExclusion;
  if (!has_exceptions && !filters.empty()) {
    return FilterInvalid("filters are for the modes with exclusions, not for " +
                         std::string(meta::TagMutabilityName(settings.tag_mutability)));
  }
  if (has_exceptions && (filters.empty() || filters.size() > kMutabilityFiltersMax)) {
    return FilterInvalid("a mode with exclusions needs 1 to " +
                         std::to_string(kMutabilityFiltersMax) + " filters, not " +
                         std::to_string(filters.size()));
  }
  for (const std::string& filter : filters) {
    const bool well_formed = !filter.empty() && filter.size() <= kFilterBytesMax &&
                             std::all_of(filter.begin(), filter.end(), IsFilterByte);
    if (well_formed) continue;
    return FilterInvalid("a filter is 1 to 128 of letters, digits and . _ - *, not \"" + filter +
                         "\"");
  }
  return Ok();
}

Result<RepositoryDescription> Repositories::Create(const meta::RepositoryKey& key,
                                                   const meta::RepositorySettings& settings,
                                                   const std::vector<meta::Label>& labels) {
  TRY(CheckMutability(settings));
  TRY(CheckLabels(labels));
  const Time now = store_.clock.Now();
  const Epochs::Change change(store_.epochs, key.text());
  std::optional<RepositoryDescription> created;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto ensured, meta::CreateRepositoryIfNone(tx, store_.ids, key, now));
    if (!ensured.created) {
      return Error(Code::kAlreadyExists, "repository_exists",
                   "there is a repository \"" + std::string(key.name()) + "\" already")
          .With("name", std::string(key.name()));
    }
    meta::RepositorySettings stored = settings;
    stored.updated_at = now;
    TRY(meta::PutRepositorySettings(tx, ensured.id, stored));
    TRY(StoreLabels(tx, ensured.id, labels));
    TRY_ASSIGN(created, DescribeIn(tx, key));
    return Ok();
  }));
  return *std::move(created);
}

Result<RepositoryDescription> Repositories::Describe(const meta::RepositoryKey& key) {
  std::optional<RepositoryDescription> found;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, DescribeIn(tx, key));
    return Ok();
  }));
  return *std::move(found);
}

Result<Page<RepositoryDescription>> Repositories::List(const iam::AccountId& account,
                                                       const std::string& prefix,
                                                       const std::string& after, int64_t limit) {
  Page<RepositoryDescription> page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    page = {};
    TRY_ASSIGN(auto found, meta::ListRepositoriesWithPrefix(tx, account, prefix, after, limit + 1));
    page.more = static_cast<int64_t>(found.size()) > limit;
    if (page.more) found.pop_back();
    for (auto& repository : found) {
      TRY_ASSIGN(auto settings, meta::ReadRepositorySettings(tx, repository.id));
      page.items.push_back({std::move(repository), std::move(settings)});
    }
    return Ok();
  }));
  return page;
}

Result<RepositoryDescription> Repositories::UpdateSettings(
    const meta::RepositoryKey& key, const std::function<void(meta::RepositorySettings&)>& change) {
  std::optional<RepositoryDescription> updated;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(updated, DescribeIn(tx, key));
    change(updated->settings);
    TRY(CheckMutability(updated->settings));
    updated->settings.updated_at = store_.clock.Now();
    return meta::PutRepositorySettings(tx, updated->repository.id, updated->settings);
  }));
  return *std::move(updated);
}

Result<Repositories::Deleted> Repositories::Delete(const meta::RepositoryKey& key,
                                                   bool not_empty_too, const Deletion& deletion) {
  const Time now = store_.clock.Now();
  const Epochs::Change change(store_.epochs, key.text());
  std::optional<Deleted> deleted;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(auto description, DescribeIn(tx, key));
    const meta::Repository& repository = description.repository;
    if (!not_empty_too && repository.counts.manifests > 0)
      return NotEmpty(key, repository.counts.manifests);
    if (!deletion.force) TRY(RequireNoPinIn(tx, key, repository.id, now));
    const auto run = deletion.run ? deletion.run : store_.ids.Next<meta::RunId>();
    meta::TrashEntry entry;
    entry.repository = repository.id;
    entry.kind = meta::TrashKind::kRepository;
    entry.subject = std::string(key.name());
    entry.reason = deletion.reason;
    entry.deleted_at = now;
    entry.purge_at = now + store_.settings.trash_period;
    entry.run = run;
    TRY_ASSIGN(const auto trash, meta::InsertTrash(tx, store_.ids, entry));
    TRY(meta::TrashRepository(tx, repository.id, trash, run, now));
    // Who may use the next repository of this name is for whoever creates it to say.
    TRY(meta::MovePolicies(tx, key.account_id(), meta::ScopeOf(key), meta::ScopeOfTrash(trash)));
    deleted.emplace(Deleted{std::move(description), run});
    return Ok();
  }));
  return *std::move(deleted);
}

Result<std::vector<meta::Label>> Repositories::Labels(const meta::RepositoryKey& key) {
  std::vector<meta::Label> labels;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, key));
    TRY_ASSIGN(labels, meta::ListLabels(tx, id));
    return Ok();
  }));
  return labels;
}

Result<void> Repositories::PutLabels(const meta::RepositoryKey& key,
                                     const std::vector<meta::Label>& labels) {
  TRY(CheckLabels(labels));
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, key));
    return StoreLabels(tx, id, labels);
  });
}

Result<void> Repositories::RemoveLabels(const meta::RepositoryKey& key,
                                        const std::vector<std::string>& keys) {
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, key));
    for (const std::string& label : keys) TRY(meta::DeleteLabel(tx, id, label));
    return Ok();
  });
}

Result<Page<meta::Image>> Repositories::Images(const meta::RepositoryKey& key,
                                               meta::ImageFilter filter, const std::string& after,
                                               int64_t limit) {
  Page<meta::Image> page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, key));
    TRY_ASSIGN(page.items, meta::ListImages(tx, id, filter, after, limit + 1));
    return Ok();
  }));
  page.more = static_cast<int64_t>(page.items.size()) > limit;
  if (page.more) page.items.pop_back();
  return page;
}

Result<meta::Image> Repositories::ImageOf(const meta::RepositoryKey& key,
                                          const oci::Reference& reference) {
  std::optional<meta::Image> image;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, key));
    if (const auto* tag = std::get_if<oci::Tag>(&reference)) {
      TRY_ASSIGN(const auto stored, meta::ReadTaggedManifest(tx, key, *tag));
      if (!stored) return ManifestUnknown(key, tag->text());
      TRY_ASSIGN(const auto digest, oci::Digest::Parse(stored->row.digest));
      TRY_ASSIGN(image, meta::FindImage(tx, id, digest));
      return Ok();
    }
    const auto& digest = std::get<oci::Digest>(reference);
    TRY_ASSIGN(image, meta::FindImage(tx, id, digest));
    if (!image) return ManifestUnknown(key, digest.text());
    return Ok();
  }));
  return *std::move(image);
}

Result<void> Repositories::LockTag(const meta::RepositoryKey& key, const oci::Tag& tag,
                                   bool locked) {
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto id, RequireRepository(tx, key));
    TRY_ASSIGN(const bool found, meta::LockTag(tx, id, tag, locked));
    if (!found) return ManifestUnknown(key, tag.text());
    return Ok();
  });
}

}  // namespace gantry::core
