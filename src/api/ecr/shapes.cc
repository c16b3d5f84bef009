#include "api/ecr/shapes.h"

#include "api/ecr/arn.h"

namespace gantry::api::ecr {

void WriteTime(json::Writer& writer, std::string_view name, Time time) {
  const int64_t millis = time.micros / 1000;
  const std::string fraction = std::to_string(1000 + millis % 1000).substr(1);
  writer.Key(name).Raw(std::to_string(millis / 1000) + "." + fraction);
}

void WriteText(json::Writer& writer, std::string_view name, std::string_view text) {
  if (!text.empty()) writer.Key(name).String(text);
}

void WriteHead(const Call& call, json::Writer& writer) {
  writer.Key("registryId").String(call.account.text());
  writer.Key("repositoryName").String(call.repository);
}

void WriteImageId(json::Writer& writer, std::string_view digest, std::string_view tag) {
  writer.BeginObject();
  WriteText(writer, "imageDigest", digest);
  WriteText(writer, "imageTag", tag);
  writer.EndObject();
}

void WriteImageDetail(const Call& call, const meta::Image& image, json::Writer& writer) {
  WriteHead(call, writer);
  writer.Key("imageDigest").String(image.digest);
  if (!image.tags.empty()) {
    writer.Key("imageTags").BeginArray();
    for (const std::string& tag : image.tags) writer.String(tag);
    writer.EndArray();
  }
  writer.Key("imageSizeInBytes").Int(image.image_size);
  WriteTime(writer, "imagePushedAt", image.pushed_at);
  writer.Key("imageManifestMediaType").String(image.media_type);
  WriteText(writer, "artifactMediaType", image.artifact_type);
  if (image.last_pulled_at) WriteTime(writer, "lastRecordedPullTime", *image.last_pulled_at);
  WriteText(writer, "subjectManifestDigest", image.subject);
  writer.Key("imageStatus").String("ACTIVE");
}

void WriteMutability(const meta::RepositorySettings& settings, json::Writer& writer) {
  writer.Key("imageTagMutability").String(meta::TagMutabilityName(settings.tag_mutability));
  if (settings.mutability_filters.empty()) return;
  writer.Key("imageTagMutabilityExclusionFilters").BeginArray();
  for (const std::string& filter : settings.mutability_filters)
    writer.BeginObject()
        .Key("filterType")
        .String("WILDCARD")
        .Key("filter")
        .String(filter)
        .EndObject();
  writer.EndArray();
}

void WriteRepository(const Call& call, const DescribedRepository& repository,
                     json::Writer& writer) {
  writer.BeginObject();
  writer.Key("repositoryArn").String(ArnOf(call.region, call.account, repository.name));
  writer.Key("registryId").String(call.account.text());
  writer.Key("repositoryName").String(repository.name);
  // Where the client reaches the registry, it reaches the API.
  writer.Key("repositoryUri").String(call.request.authority + "/" + repository.name);
  WriteTime(writer, "createdAt", repository.created_at);
  WriteMutability(repository.settings, writer);
  writer.Key("imageScanningConfiguration").BeginObject();
  writer.Key("scanOnPush").Bool(repository.settings.scan_on_push).EndObject();
  writer.Key("encryptionConfiguration").Raw(repository.settings.encryption);
  writer.EndObject();
}

}  // namespace gantry::api::ecr
