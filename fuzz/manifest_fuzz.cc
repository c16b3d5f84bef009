// Manifests: the first line is the Content-Type, the rest the body. Parsing never crashes, gives
// the same result twice, refuses for the documented reasons only, and what it accepts keeps the
// promises of oci/manifest.h.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "json/document.h"
#include "json/writer.h"
#include "oci/manifest.h"
#include "oci/referrers.h"

namespace {

using gantry::json::Document;
using gantry::json::Writer;
using namespace gantry::oci;

bool IsPrintable(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') return false;
  }
  return text.size() <= 255;
}

void CheckAnnotations(const Annotations& annotations) {
  const auto document = Document::Parse(RenderAnnotations(annotations), {8 << 20, 1, 1 << 20});
  GANTRY_ASSERT(document.ok() && document->root().size() == annotations.size());
  size_t i = 0;
  for (const auto [key, value] : document->root().Members()) {
    GANTRY_ASSERT(key == annotations[i].first && value.String() == annotations[i].second);
    ++i;
  }
}

void CheckDescriptor(const Descriptor& descriptor) {
  GANTRY_ASSERT(!descriptor.media_type.empty() && IsPrintable(descriptor.media_type));
  GANTRY_ASSERT(IsPrintable(descriptor.artifact_type));
  GANTRY_ASSERT(descriptor.size >= 0);
  GANTRY_ASSERT(Digest::Parse(descriptor.digest.text()).ok());
  if (descriptor.data) {
    GANTRY_ASSERT(static_cast<int64_t>(descriptor.data->size()) == descriptor.size);
    GANTRY_ASSERT(Digest::Of(descriptor.digest.algorithm(), *descriptor.data) == descriptor.digest);
  }
  CheckAnnotations(descriptor.annotations);
}

void WriteDescriptor(Writer& writer, const Descriptor& descriptor) {
  writer.BeginObject().Key("mediaType").String(descriptor.media_type);
  writer.Key("digest").String(descriptor.digest.text()).Key("size").Int(descriptor.size);
  writer.Key("artifactType").String(descriptor.artifact_type).Key("urls").BeginArray();
  for (const auto& url : descriptor.urls) writer.String(url);
  writer.EndArray().Key("data").Bool(descriptor.data.has_value());
  writer.Key("annotations").Raw(RenderAnnotations(descriptor.annotations));
  if (descriptor.platform) writer.Key("os").String(descriptor.platform->os);
  writer.EndObject();
}

void WriteDescriptors(Writer& writer, std::string_view key, const std::vector<Descriptor>& list) {
  writer.Key(key).BeginArray();
  for (const auto& descriptor : list) {
    CheckDescriptor(descriptor);
    WriteDescriptor(writer, descriptor);
  }
  writer.EndArray();
}

// Everything that a manifest says, as text to compare.
std::string Summary(const Manifest& manifest) {
  std::string text;
  Writer writer(text);
  writer.BeginObject().Key("kind").Int(static_cast<int>(manifest.kind));
  writer.Key("type").String(manifest.media_type).Key("artifact").String(manifest.artifact_type);
  if (manifest.config) WriteDescriptors(writer, "config", {*manifest.config});
  if (manifest.subject) WriteDescriptors(writer, "subject", {*manifest.subject});
  WriteDescriptors(writer, "layers", manifest.layers);
  WriteDescriptors(writer, "manifests", manifest.manifests);
  writer.Key("annotations").Raw(RenderAnnotations(manifest.annotations)).EndObject();
  return text;
}

void CheckAccepted(const Manifest& manifest) {
  GANTRY_ASSERT(!manifest.media_type.empty() && IsPrintable(manifest.media_type));
  GANTRY_ASSERT(IsPrintable(manifest.artifact_type));
  GANTRY_ASSERT(manifest.config.has_value() == (manifest.kind == ManifestKind::kImage));
  GANTRY_ASSERT(manifest.layers.empty() || manifest.kind == ManifestKind::kImage);
  GANTRY_ASSERT(manifest.manifests.empty() || manifest.kind == ManifestKind::kIndex);
  GANTRY_ASSERT(!manifest.subject || manifest.kind != ManifestKind::kUnknown);
  CheckAnnotations(manifest.annotations);
  const std::string annotations = RenderAnnotations(manifest.annotations);
  const ReferrerEntry entry{manifest.media_type, "sha256:0", 1, manifest.artifact_type,
                            annotations};
  GANTRY_ASSERT(Document::Parse(RenderReferrers({&entry, 1}), {16 << 20, 8, 1 << 20}).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const std::string_view content_type = input.substr(0, line);
  const std::string_view body = input.substr(line + 1);

  const auto manifest = ParseManifest(body, content_type);
  const auto again = ParseManifest(body, content_type);
  GANTRY_ASSERT(manifest.ok() == again.ok());
  if (!manifest.ok()) {
    GANTRY_ASSERT(manifest.error().ToString() == again.error().ToString());
    GANTRY_ASSERT(manifest.error().message().size() < 1000);
    const std::string_view reason = manifest.error().reason();
    GANTRY_ASSERT(reason == "manifest_invalid" || reason == "schema1");
    return 0;
  }
  CheckAccepted(*manifest);
  GANTRY_ASSERT(Summary(*manifest) == Summary(*again));
  // White space and the way the type is spelled change nothing.
  if (manifest->kind != ManifestKind::kUnknown) {
    const auto spaced = ParseManifest(std::string(body) + " ", manifest->media_type);
    GANTRY_ASSERT(spaced.ok() && Summary(*spaced) == Summary(*manifest));
  }
  return 0;
}
