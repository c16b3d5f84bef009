#include "retention/repository_images.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "core/lookup.h"
#include "core/pins.h"

namespace gantry::retention {
namespace {

constexpr size_t kHexDigits = 64;

// The digest that a tag names by cosign's scheme: "sha256-<hex>", perhaps with ".sig" behind; "".
std::string SubjectOfTag(std::string_view tag) {
  constexpr std::string_view kBegin = "sha256-";
  if (!tag.starts_with(kBegin) || tag.size() < kBegin.size() + kHexDigits) return "";
  const std::string_view hex = tag.substr(kBegin.size(), kHexDigits);
  if (hex.find_first_not_of("0123456789abcdef") != std::string_view::npos) return "";
  const std::string_view rest = tag.substr(kBegin.size() + kHexDigits);
  if (!rest.empty() && rest[0] != '.') return "";
  return "sha256:" + std::string(hex);
}

class Assembler {
 public:
  explicit Assembler(const meta::LifecycleRows& rows) : rows_(rows), images_(rows.images.size()) {}

  std::vector<Image> Assemble() {
    for (uint32_t i = 0; i < images_.size(); ++i) {
      AddImage(rows_.images[i], images_[i]);
      positions_.emplace(rows_.images[i].id.value, i);
    }
    for (const auto& tag : rows_.tags) {
      const auto found = positions_.find(tag.manifest.value);
      if (found != positions_.end()) images_[found->second].tags.push_back(tag.name);
    }
    for (const auto& child : rows_.children) {
      const auto found = positions_.find(child.parent.value);
      const uint32_t position = Find(child.digest);
      if (found == positions_.end() || position == Image::kNone) continue;
      images_[found->second].children.push_back(position);
    }
    for (uint32_t i = 0; i < images_.size(); ++i) FindSubject(i);
    for (const auto& pin : rows_.pins) AddPin(pin);
    return std::move(images_);
  }

 private:
  static void AddImage(const meta::LifecycleImage& row, Image& image) {
    image.digest = row.digest;
    image.pushed_at = row.pushed_at;
    image.last_pulled_at = row.last_pulled_at;
    image.archived_at = row.archived_at;
    image.activated_at = row.activated_at;
    const bool archived = row.archived_at.micros != 0 && row.activated_at.micros == 0;
    image.storage_class = archived ? StorageClass::kArchive : StorageClass::kStandard;
    image.kind = row.kind;
    image.size = row.size;
  }

  // By binary search: rows are in order of digests.
  uint32_t Find(std::string_view digest) const {
    const auto found = std::lower_bound(
        rows_.images.begin(), rows_.images.end(), digest,
        [](const meta::LifecycleImage& row, std::string_view text) { return row.digest < text; });
    if (found == rows_.images.end() || found->digest != digest) return Image::kNone;
    return static_cast<uint32_t>(found - rows_.images.begin());
  }

  void FindSubject(uint32_t position) {
    Image& image = images_[position];
    const std::string& subject = rows_.images[position].subject;
    if (!subject.empty()) {
      image.subject = Find(subject);
      return;
    }
    for (const std::string& tag : image.tags) {
      const std::string digest = SubjectOfTag(tag);
      const uint32_t found = digest.empty() ? Image::kNone : Find(digest);
      if (found == Image::kNone || found == position) continue;
      image.subject = found;
      return;
    }
  }

  void AddPin(const meta::LifecyclePin& row) {
    const uint32_t position = Find(row.digest);
    if (position == Image::kNone) return;
    meta::Pin pin;
    pin.source = row.source;
    pin.reason = row.reason;
    pin.detail = row.detail;
    std::string& text = images_[position].pin;
    if (!text.empty()) text += "; ";
    text += core::WhyPinned(pin);
  }

  const meta::LifecycleRows& rows_;
  std::vector<Image> images_;
  std::unordered_map<int64_t, uint32_t> positions_;
};

}  // namespace

std::vector<Image> MakeImages(const meta::LifecycleRows& rows) {
  return Assembler(rows).Assemble();
}

Result<RepositoryImages> ReadRepositoryImages(db::Tx& tx, const meta::RepositoryKey& key,
                                              Time now) {
  RepositoryImages result;
  TRY_ASSIGN(result.repository, core::RequireRepository(tx, key));
  TRY_ASSIGN(const meta::LifecycleRows rows,
             meta::ReadLifecycleRows(tx, key, result.repository, now));
  result.images = MakeImages(rows);
  result.ids.reserve(rows.images.size());
  for (const auto& row : rows.images) result.ids.push_back(row.id);
  return result;
}

void GoBackTo(Time past, RepositoryImages& repository) {
  std::vector<Image>& images = repository.images;
  std::vector<uint32_t> places(images.size(), Image::kNone);
  std::vector<Image> then;
  std::vector<meta::ManifestId> ids;
  for (size_t i = 0; i < images.size(); ++i) {
    if (images[i].pushed_at > past) continue;
    places[i] = static_cast<uint32_t>(then.size());
    then.push_back(std::move(images[i]));
    ids.push_back(repository.ids[i]);
  }
  for (Image& image : then) {
    // The pull before is not known; somebody who pulls now may well have pulled then.
    if (image.last_pulled_at > past) image.last_pulled_at = past;
    if (image.archived_at > past) {
      image.archived_at = {};
      image.storage_class = StorageClass::kStandard;
    }
    if (image.activated_at > past) image.activated_at = {};
    if (image.subject != Image::kNone) image.subject = places[image.subject];
    std::vector<uint32_t> children;
    for (const uint32_t child : image.children) {
      if (places[child] != Image::kNone) children.push_back(places[child]);
    }
    image.children = std::move(children);
  }
  images = std::move(then);
  repository.ids = std::move(ids);
}

}  // namespace gantry::retention
