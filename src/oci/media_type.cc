#include "oci/media_type.h"

#include "oci/fields.h"

namespace gantry::oci {
namespace {

constexpr std::string_view kSchema1 = "application/vnd.docker.distribution.manifest.v1+json";
constexpr std::string_view kSchema1Signed =
    "application/vnd.docker.distribution.manifest.v1+prettyjws";
constexpr std::string_view kJson = "application/json";

constexpr size_t kMediaTypeMax = 255;

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::string_view BareMediaType(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && IsBlank(type.front())) type.remove_prefix(1);
  while (!type.empty() && IsBlank(type.back())) type.remove_suffix(1);
  return type;
}

bool IsMediaType(std::string_view text) {
  bool any_bad = false;  // no early exit: almost every text is good
  for (const char c : text) any_bad |= static_cast<unsigned char>(c - ' ') > '~' - ' ';
  return !any_bad && !text.empty() && text.size() <= kMediaTypeMax;
}

std::string_view CanonicalMediaType(std::string_view media_type) {
  for (const auto known : {kImageManifest, kImageIndex, kDockerManifest, kDockerManifestList,
                           kSchema1, kSchema1Signed, kJson}) {
    if (media_type.size() != known.size()) continue;
    if (media_type == known || EqualsFolded(media_type, known)) return known;
  }
  return media_type;
}

ManifestKind KindOf(std::string_view media_type) {
  if (media_type == kImageManifest || media_type == kDockerManifest) return ManifestKind::kImage;
  if (media_type == kImageIndex || media_type == kDockerManifestList) return ManifestKind::kIndex;
  return ManifestKind::kUnknown;
}

bool IsSchema1(std::string_view media_type) {
  return media_type == kSchema1 || media_type == kSchema1Signed;
}

bool IsJson(std::string_view media_type) {
  return media_type == kJson || media_type.ends_with("+json");
}

}  // namespace gantry::oci
