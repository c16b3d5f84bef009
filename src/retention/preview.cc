#include "retention/preview.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "json/document.h"
#include "json/writer.h"

namespace gantry::retention {
namespace {

constexpr json::Limits kLimits{64 << 20, 8, 2'000'000};

Error Damaged() {
  return Corruption("lifecycle_preview_damaged", "a stored lifecycle preview cannot be read");
}

int64_t IntMember(json::Value object, std::string_view name) {
  const json::Value value = object.Find(name);
  return value ? value.Int().value_or(0) : 0;
}
std::string TextMember(json::Value object, std::string_view name) {
  const json::Value value = object.Find(name);
  return value ? std::string(value.String().value_or("")) : "";
}

// Blobs that only manifests need which expire.
void AddBytes(const std::vector<meta::LifecycleBlob>& needs, const RepositoryPlan& plan,
              PreviewSummary& summary) {
  std::unordered_map<int64_t, bool> expires;
  for (size_t i = 0; i < plan.verdicts.size(); ++i) {
    expires.emplace(plan.repository.ids[i].value, plan.verdicts[i].outcome == Outcome::kExpire);
  }
  struct Need {
    int64_t size = 0;
    bool shared = false;
    bool stays = false;
  };
  std::unordered_map<int64_t, Need> blobs;
  for (const auto& row : needs) {
    Need& need = blobs[row.blob.value];
    need.size = row.size;
    need.shared = row.shared;
    const auto found = expires.find(row.manifest.value);
    if (found == expires.end() || !found->second) need.stays = true;
  }
  for (const auto& [id, need] : blobs) {
    if (need.stays) continue;
    (need.shared ? summary.shared_bytes : summary.unique_bytes) += need.size;
  }
}

bool Shares(const std::vector<std::string>& wanted, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return std::find(wanted.begin(), wanted.end(), tag) != wanted.end();
  });
}

}  // namespace

PreviewImage MakePreviewImage(const RepositoryPlan& plan, uint32_t position) {
  const Image& image = plan.image(position);
  const Verdict& verdict = plan.verdicts[position];
  PreviewImage shown;
  shown.digest = image.digest;
  shown.tags = image.tags;
  shown.pushed_at = image.pushed_at;
  shown.size = image.size;
  shown.storage_class = image.storage_class;
  shown.outcome = verdict.outcome;
  shown.cause = verdict.cause;
  shown.rule = plan.RuleName(position);
  shown.reason = plan.Reason(position);
  return shown;
}

Result<PreviewSummary> Summarize(db::Tx& tx, const RepositoryPlan& plan) {
  PreviewSummary summary;
  summary.images = static_cast<int64_t>(plan.verdicts.size());
  for (const Verdict& verdict : plan.verdicts) {
    if (verdict.outcome == Outcome::kExpire) ++summary.expired;
    if (verdict.outcome == Outcome::kArchive) ++summary.archived;
    if (verdict.outcome == Outcome::kUntag) ++summary.untagged;
    if (verdict.cause == Cause::kPinned) ++summary.pinned;
  }
  if (summary.expired == 0) return summary;
  TRY_ASSIGN(const auto needs, meta::ReadLifecycleBlobs(tx, plan.repository.repository));
  AddBytes(needs, plan, summary);
  return summary;
}

bool Wanted(const PreviewQuery& query, const PreviewImage& image) {
  if (query.acted_on_only && image.outcome == Outcome::kKeep) return false;
  if (query.tag_state == TagState::kTagged && image.tags.empty()) return false;
  if (query.tag_state == TagState::kUntagged && !image.tags.empty()) return false;
  if (query.digests.empty() && query.tags.empty()) return true;
  const auto& digests = query.digests;
  return std::find(digests.begin(), digests.end(), image.digest) != digests.end() ||
         Shares(query.tags, image.tags);
}

std::string WriteSummary(const PreviewSummary& summary) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("images").Int(summary.images).Key("expired").Int(summary.expired);
  writer.Key("archived").Int(summary.archived).Key("untagged").Int(summary.untagged);
  writer.Key("pinned").Int(summary.pinned).Key("uniqueBytes").Int(summary.unique_bytes);
  writer.Key("sharedBytes").Int(summary.shared_bytes).EndObject();
  return text;
}

Result<PreviewSummary> ReadSummary(std::string_view text) {
  const auto document = json::Document::Parse(text, kLimits);
  if (!document.ok()) return Damaged();
  const json::Value root = document->root();
  PreviewSummary summary;
  summary.images = IntMember(root, "images");
  summary.expired = IntMember(root, "expired");
  summary.archived = IntMember(root, "archived");
  summary.untagged = IntMember(root, "untagged");
  summary.pinned = IntMember(root, "pinned");
  summary.unique_bytes = IntMember(root, "uniqueBytes");
  summary.shared_bytes = IntMember(root, "sharedBytes");
  return summary;
}

std::string WriteImages(const std::vector<PreviewImage>& images) {
  std::string text;
  json::Writer writer(text);
  writer.BeginArray();
  for (const PreviewImage& image : images) {
    writer.BeginObject().Key("digest").String(image.digest).Key("tags").BeginArray();
    for (const std::string& tag : image.tags) writer.String(tag);
    writer.EndArray().Key("pushedAt").Int(image.pushed_at.micros).Key("size").Int(image.size);
    writer.Key("archive").Int(image.storage_class == StorageClass::kArchive ? 1 : 0);
    writer.Key("outcome").Int(static_cast<int64_t>(image.outcome));
    writer.Key("cause").Int(static_cast<int64_t>(image.cause));
    writer.Key("rule").String(image.rule).Key("reason").String(image.reason).EndObject();
  }
  writer.EndArray();
  return text;
}

Result<std::vector<PreviewImage>> ReadImages(std::string_view text) {
  const auto document = json::Document::Parse(text, kLimits);
  if (!document.ok()) return Damaged();
  std::vector<PreviewImage> images;
  for (const json::Value item : document->root().Items()) {
    PreviewImage image;
    image.digest = TextMember(item, "digest");
    if (const json::Value tags = item.Find("tags")) {
      for (const json::Value tag : tags.Items()) {
        image.tags.emplace_back(tag.String().value_or(""));
      }
    }
    image.pushed_at = Time{IntMember(item, "pushedAt")};
    image.size = IntMember(item, "size");
    if (IntMember(item, "archive") != 0) image.storage_class = StorageClass::kArchive;
    image.outcome = static_cast<Outcome>(IntMember(item, "outcome"));
    image.cause = static_cast<Cause>(IntMember(item, "cause"));
    image.rule = TextMember(item, "rule");
    image.reason = TextMember(item, "reason");
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace gantry::retention
