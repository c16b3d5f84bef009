#include "oci/referrers.h"

#include "json/writer.h"
#include "oci/manifest.h"

namespace gantry::oci {

std::string RenderAnnotations(const Annotations& annotations) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  for (const auto& [key, value] : annotations) writer.Key(key).String(value);
  writer.EndObject();
  return text;
}

std::string RenderReferrers(std::span<const ReferrerEntry> entries) {
  std::string text;
  text.reserve(128 + entries.size() * 256);
  json::Writer writer(text);
  writer.BeginObject().Key("schemaVersion").Int(2).Key("mediaType").String(kImageIndex);
  writer.Key("manifests").BeginArray();
  for (const auto& entry : entries) {
    writer.BeginObject().Key("mediaType").String(entry.media_type);
    writer.Key("digest").String(entry.digest).Key("size").Int(entry.size);
    if (!entry.artifact_type.empty()) writer.Key("artifactType").String(entry.artifact_type);
    if (!entry.annotations.empty() && entry.annotations != "{}")
      writer.Key("annotations").Raw(entry.annotations);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return text;
}

}  // namespace gantry::oci
