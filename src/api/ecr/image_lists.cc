#include <set>

#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/page.h"
#include "api/ecr/reads.h"
#include "api/ecr/shapes.h"
#include "meta/images.h"
#include "meta/repositories.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr int64_t kReferrerPageSize = 20;

std::string FilterText(const Call& call, const char* member) {
  const json::Value filter = call.Find("filter");
  const json::Value value = filter ? filter.Find(member) : json::Value();
  return std::string(value ? value.String().value_or("") : "");
}

struct Filter {
  meta::ImageFilter tags = meta::ImageFilter::kAny;
  bool nothing = false;  // archived images only: there are none
};

Filter FilterOf(const Call& call) {
  Filter filter;
  const std::string tags = FilterText(call, "tagStatus");
  if (tags == "TAGGED") filter.tags = meta::ImageFilter::kTagged;
  if (tags == "UNTAGGED") filter.tags = meta::ImageFilter::kUntagged;
  const std::string status = FilterText(call, "imageStatus");
  filter.nothing = status == "ARCHIVED" || status == "ACTIVATING";
  return filter;
}

bool Passes(const Filter& filter, const meta::Image& image) {
  if (filter.nothing) return false;
  if (filter.tags == meta::ImageFilter::kAny) return true;
  return image.tags.empty() == (filter.tags == meta::ImageFilter::kUntagged);
}

// One image more than wanted says that there is another page.
Result<std::vector<meta::Image>> ReadImages(const Call& call, const Filter& filter,
                                            const std::string& after, int64_t limit) {
  TRY_ASSIGN(const auto key, call.Key());
  std::vector<meta::Image> images;
  TRY(call.services.access.db().Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto repository, meta::FindRepositoryId(tx, key));
    if (!repository) return RepositoryNotFound(call);
    if (filter.nothing) return Ok();
    TRY_ASSIGN(images, meta::ListImages(tx, *repository, filter.tags, after, limit));
    return Ok();
  }));
  return images;
}

// A page of pairs can end within the tags of an image: then its position is "DIGEST TAG", and the
// page after it begins with the tags behind that.
struct Position {
  std::string digest;
  std::string tag;
};

Position PositionOf(const std::string& text) {
  const size_t blank = text.find(' ');
  if (blank == std::string::npos) return {text, ""};
  return {text.substr(0, blank), text.substr(blank + 1)};
}

// What comes after `start`: the rest of the tags of its image, then the images behind it.
Result<std::vector<meta::Image>> ReadFrom(const Call& call, const Filter& filter,
                                          const Position& start, int64_t limit) {
  TRY_ASSIGN(auto images, ReadImages(call, filter, start.digest, limit));
  if (start.tag.empty()) return images;
  TRY_ASSIGN(const auto key, call.Key());
  TRY_ASSIGN(auto found, FindImage(call, key, {start.digest, ""}));
  if (!found.image) return images;
  std::erase_if(found.image->tags, [&](const std::string& tag) { return tag <= start.tag; });
  // Without tags it would be shown as untagged.
  if (!found.image->tags.empty()) images.insert(images.begin(), *std::move(found.image));
  return images;
}

Result<void> ListImages(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const std::string token, PageStart(call));
  const int64_t limit = PageSize(call);
  TRY_ASSIGN(const auto images, ReadFrom(call, FilterOf(call), PositionOf(token), limit + 1));
  std::string last;
  int64_t count = 0;
  bool more = false;
  writer.Key("imageIds").BeginArray();
  for (const meta::Image& image : images) {
    const std::vector<std::string> untagged = {""};
    for (const std::string& tag : image.tags.empty() ? untagged : image.tags) {
      more = count == limit;
      if (more) break;
      WriteImageId(writer, image.digest, tag);
      last = image.digest + (tag.empty() || tag == image.tags.back() ? "" : " " + tag);
      ++count;
    }
    if (more) break;
  }
  writer.EndArray();
  if (more) WriteNextToken(call, last, writer);
  return Ok();
}

void WriteDetail(const Call& call, const meta::Image& image, json::Writer& writer) {
  writer.BeginObject();
  WriteImageDetail(call, image, writer);
  writer.EndObject();
}

Result<void> DescribeWanted(const Call& call, json::Writer& writer) {
  TRY(RequireUnpaged(call, "imageIds"));
  TRY_ASSIGN(const auto key, call.Key());
  const Filter filter = FilterOf(call);
  std::set<std::string> shown;
  writer.Key("imageDetails").BeginArray();
  for (const json::Value item : ItemsOf(call.Find("imageIds"))) {
    TRY_ASSIGN(const auto image, RequireImage(call, key, ImageIdOf(item)));
    if (Passes(filter, image) && shown.insert(image.digest).second)
      WriteDetail(call, image, writer);
  }
  writer.EndArray();
  return Ok();
}

Result<void> DescribeImages(const Call& call, json::Writer& writer) {
  if (call.Find("imageIds")) return DescribeWanted(call, writer);
  TRY_ASSIGN(const std::string after, PageStart(call));
  const int64_t limit = PageSize(call);
  TRY_ASSIGN(auto images, ReadImages(call, FilterOf(call), after, limit + 1));
  const bool more = static_cast<int64_t>(images.size()) > limit;
  if (more) images.pop_back();
  writer.Key("imageDetails").BeginArray();
  for (const meta::Image& image : images) WriteDetail(call, image, writer);
  writer.EndArray();
  if (more) WriteNextToken(call, images.back().digest, writer);
  return Ok();
}

void WriteReferrer(const meta::ReferrerRow& referrer, json::Writer& writer) {
  writer.BeginObject();
  writer.Key("digest").String(referrer.digest);
  writer.Key("mediaType").String(referrer.media_type);
  WriteText(writer, "artifactType", referrer.artifact_type);
  writer.Key("size").Int(referrer.size);
  if (!referrer.annotations.empty() && referrer.annotations != "{}")
    writer.Key("annotations").Raw(referrer.annotations);
  writer.Key("artifactStatus").String("ACTIVE").EndObject();
}

bool IsWanted(json::Items types, const std::string& artifact_type) {
  bool any = true;
  for (const json::Value type : types) {
    if (type.String() == artifact_type) return true;
    any = false;
  }
  return any;
}

Result<void> ListImageReferrers(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY(RequireRepository(call, key));
  const auto subject = oci::Digest::Parse(ImageIdOf(call.Find("subjectId")).digest);
  if (!subject.ok()) {
    return ParameterInvalid("subjectId.imageDigest",
                            "must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'");
  }
  TRY_ASSIGN(std::string after, PageStart(call));
  const json::Value filter = call.Find("filter");
  const json::Items types = ItemsOf(filter ? filter.Find("artifactTypes") : json::Value());
  const bool nothing = FilterOf(call).nothing || FilterText(call, "artifactStatus") == "ARCHIVED" ||
                       FilterText(call, "artifactStatus") == "ACTIVATING";
  core::Page<meta::ReferrerRow> page;
  if (!nothing) {
    TRY_ASSIGN(page, call.services.listings.Referrers(key, *subject, "", after,
                                                      PageSize(call, kReferrerPageSize)));
  }
  writer.Key("referrers").BeginArray();
  for (const meta::ReferrerRow& referrer : page.items) {
    if (IsWanted(types, referrer.artifact_type)) WriteReferrer(referrer, writer);
  }
  writer.EndArray();
  if (page.more && !page.items.empty()) WriteNextToken(call, page.items.back().digest, writer);
  return Ok();
}

constexpr Operation kOperations[] = {
    {"ListImages", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook, ListImages},
    {"DescribeImages", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook,
     DescribeImages},
    {"ListImageReferrers", iam::Action::kRepositoryList, Target::kRepository, Weight::kLook,
     ListImageReferrers},
};

}  // namespace

std::span<const Operation> ImageListOperations() { return kOperations; }

}  // namespace gantry::api::ecr
