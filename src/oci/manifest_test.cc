#include "oci/manifest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"

// What clients push, and what the specification allows.
namespace gantry::oci {
namespace {

constexpr std::string_view kDigestA =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr std::string_view kDigestB =
    "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
constexpr std::string_view kEmptyObjectDigest =
    "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

// A descriptor with further members, given as they stand after a comma.
std::string Descriptor(std::string_view type, std::string_view digest, int64_t size,
                       std::string_view more = "") {
  return R"({"mediaType":")" + std::string(type) + R"(","digest":")" + std::string(digest) +
         R"(","size":)" + std::to_string(size) + std::string(more) + "}";
}

Manifest Parse(std::string_view bytes, std::string_view content_type) {
  auto manifest = ParseManifest(bytes, content_type);
  EXPECT_TRUE(manifest.ok()) << manifest.error().ToString();
  return manifest.ok() ? std::move(*manifest) : Manifest();
}

TEST(ManifestTest, OciImage) {
  const std::string body =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":)" +
      Descriptor("application/vnd.oci.image.config.v1+json", kDigestA, 7023) + R"(,"layers":[)" +
      Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", kDigestB, 32654) + "," +
      Descriptor("application/vnd.oci.image.layer.v1.tar+zstd", kDigestA, 0) +
      R"(],"annotations":{"com.example.key1":"value1","":"é"}})";
  const Manifest manifest = Parse(body, kImageManifest);
  EXPECT_EQ(manifest.kind, ManifestKind::kImage);
  EXPECT_EQ(manifest.media_type, kImageManifest);
  EXPECT_EQ(manifest.artifact_type, "application/vnd.oci.image.config.v1+json");
  ASSERT_TRUE(manifest.config);
  EXPECT_EQ(manifest.config->digest.text(), kDigestA);
  EXPECT_EQ(manifest.config->size, 7023);
  ASSERT_EQ(manifest.layers.size(), 2U);
  EXPECT_EQ(manifest.layers[0].digest.text(), kDigestB);
  EXPECT_EQ(manifest.layers[0].media_type, "application/vnd.oci.image.layer.v1.tar+gzip");
  EXPECT_EQ(manifest.layers[1].size, 0);
  EXPECT_FALSE(manifest.layers[0].IsNondistributable());
  EXPECT_TRUE(manifest.manifests.empty());
  EXPECT_FALSE(manifest.subject);
  EXPECT_EQ(manifest.annotations, (Annotations{{"com.example.key1", "value1"}, {"", "é"}}));
}

TEST(ManifestTest, DockerSchema2WithAForeignLayer) {
  const std::string body =
      R"({
   "schemaVersion": 2,
   "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
   "config": )" +
      Descriptor("application/vnd.docker.container.image.v1+json", kDigestA, 1) +
      R"(,
   "layers": [)" +
      Descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", kDigestB, 101145811,
                 R"(,"urls":["https://mcr.example.com/layer"])") +
      R"(]
})";
  const Manifest manifest = Parse(body, kDockerManifest);
  EXPECT_EQ(manifest.kind, ManifestKind::kImage);
  EXPECT_EQ(manifest.artifact_type, "application/vnd.docker.container.image.v1+json");
  ASSERT_EQ(manifest.layers.size(), 1U);
  EXPECT_TRUE(manifest.layers[0].IsNondistributable());
  EXPECT_EQ(manifest.layers[0].urls, std::vector<std::string>{"https://mcr.example.com/layer"});
}

TEST(ManifestTest, DockerListAndOciIndex) {
  const std::string platform =
      R"(,"platform":{"architecture":"arm","os":"linux","variant":"v7","os.version":"1.2",)"
      R"("features":["sse4"],"os.features":["win32k"]})";
  for (const auto type : {kDockerManifestList, kImageIndex}) {
    const std::string body =
        R"({"schemaVersion":2,"mediaType":")" + std::string(type) + R"(","manifests":[)" +
        Descriptor(kDockerManifest, kDigestA, 1, platform) + "," +
        Descriptor(kImageIndex, kDigestB, 2,
                   R"(,"artifactType":"a/b","annotations":{"vnd.docker.reference.type":)"
                   R"("attestation-manifest"})") +
        "]}";
    const Manifest manifest = Parse(body, type);
    EXPECT_EQ(manifest.kind, ManifestKind::kIndex);
    EXPECT_EQ(manifest.artifact_type, "");
    ASSERT_EQ(manifest.manifests.size(), 2U);
    ASSERT_TRUE(manifest.manifests[0].platform);
    EXPECT_EQ(manifest.manifests[0].platform->architecture, "arm");
    EXPECT_EQ(manifest.manifests[0].platform->os, "linux");
    EXPECT_EQ(manifest.manifests[0].platform->variant, "v7");
    EXPECT_EQ(manifest.manifests[0].platform->os_version, "1.2");
    EXPECT_FALSE(manifest.manifests[1].platform);
    EXPECT_EQ(manifest.manifests[1].artifact_type, "a/b");
    EXPECT_EQ(manifest.manifests[1].annotations,
              (Annotations{{"vnd.docker.reference.type", "attestation-manifest"}}));
  }
}

TEST(ManifestTest, IndexWithoutMediaTypeAndWithoutManifests) {
  EXPECT_TRUE(Parse(R"({"schemaVersion":2,"manifests":[]})", kImageIndex).manifests.empty());
  EXPECT_TRUE(Parse(R"({"schemaVersion":2,"manifests":null})", kImageIndex).manifests.empty());
  EXPECT_TRUE(Parse(R"({"schemaVersion":2})", kImageIndex).manifests.empty());
}

TEST(ManifestTest, AnIndexHasOnlyItsOwnArtifactType) {
  const std::string body =
      R"({"schemaVersion":2,"manifests":[],"artifactType":"application/x","annotations":{"a":"b"},)"
      R"("subject":)" +
      Descriptor(kImageManifest, kDigestA, 5) + "}";
  const Manifest manifest = Parse(body, kImageIndex);
  EXPECT_EQ(manifest.artifact_type, "application/x");
  ASSERT_TRUE(manifest.subject);
  EXPECT_EQ(manifest.subject->digest.text(), kDigestA);
  EXPECT_EQ(manifest.subject->media_type, kImageManifest);
}

TEST(ManifestTest, ArtifactWithEmptyConfig) {
  const std::string empty = Descriptor(kEmptyJson, kEmptyObjectDigest, 2, R"(,"data":"e30=")");
  const std::string body =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
      R"("artifactType":"application/vnd.example+type","config":)" +
      empty + R"(,"layers":[)" + empty + R"(],"subject":)" +
      Descriptor(kImageManifest, kDigestB, 1234) + "}";
  const Manifest manifest = Parse(body, kImageManifest);
  EXPECT_EQ(manifest.artifact_type, "application/vnd.example+type");
  EXPECT_EQ(manifest.config->data, "{}");
  EXPECT_EQ(manifest.layers[0].data, "{}");
  EXPECT_EQ(manifest.subject->digest.text(), kDigestB);
}

TEST(ManifestTest, NoLayers) {
  const std::string start = R"({"schemaVersion":2,"config":)" +
                            Descriptor("application/vnd.cncf.helm.config.v1+json", kDigestA, 9);
  for (const char* rest : {"}", R"(,"layers":[]})", R"(,"layers":null})"}) {
    const Manifest manifest = Parse(start + rest, kImageManifest);
    EXPECT_TRUE(manifest.layers.empty());
    EXPECT_EQ(manifest.artifact_type, "application/vnd.cncf.helm.config.v1+json");
  }
}

TEST(ManifestTest, PassesOverWhatItDoesNotKnow) {
  const std::string body =
      R"({"schemaVersion":2,"org.example":{"a":[1,2.5,null,{"b":true}]},"mediaType":null,)"
      R"("annotations":null,"artifactType":null,"subject":null,"size":-1,"config":)" +
      Descriptor("a/b", kDigestA, 1,
                 R"(,"org.example":7,"urls":null,"data":null,"platform":null,"annotations":null,)"
                 R"("artifactType":null,"newField":[])") +
      "}\n";
  const Manifest manifest = Parse(body, kImageManifest);
  EXPECT_EQ(manifest.artifact_type, "a/b");
  EXPECT_FALSE(manifest.subject);
  EXPECT_FALSE(manifest.config->data);
}

TEST(ManifestTest, Sha512) {
  const std::string digest = Digest::Of(Algorithm::kSha512, "{}").text();
  const std::string body = R"({"schemaVersion":2,"config":)" +
                           Descriptor(kEmptyJson, digest, 2, R"(,"data":"e30=")") + "}";
  const Manifest manifest = Parse(body, kImageManifest);
  EXPECT_EQ(manifest.config->digest.algorithm(), Algorithm::kSha512);
  EXPECT_EQ(manifest.config->data, "{}");
}

TEST(ManifestTest, TheEmptyBlobAsData) {
  const std::string body =
      R"({"schemaVersion":2,"config":)" +
      Descriptor("a/b", Digest::Of(Algorithm::kSha256, "").text(), 0, R"(,"data":"")") + "}";
  EXPECT_EQ(Parse(body, kImageManifest).config->data, "");
}

TEST(ManifestTest, ContentType) {
  const std::string with = R"({"schemaVersion":2,"mediaType":")" + std::string(kImageIndex) + "\"}";
  const std::string without = R"({"schemaVersion":2})";
  const std::string charset = std::string(kImageIndex) + "; charset=utf-8";
  EXPECT_EQ(Parse(with, charset).media_type, kImageIndex);
  EXPECT_EQ(Parse(without, charset).media_type, kImageIndex);
  EXPECT_EQ(Parse(with, "").media_type, kImageIndex);
  EXPECT_EQ(Parse(with, "").kind, ManifestKind::kIndex);
  EXPECT_EQ(Parse(with, "APPLICATION/vnd.oci.image.index.v1+json").media_type, kImageIndex);
}

TEST(ManifestTest, UnknownTypesReferenceNothing) {
  const std::string body = R"({"mediaType":"application/vnd.example.v1+json","layers":[1],)"
                           R"("manifests":"x","subject":7})";
  const Manifest manifest = Parse(body, "application/vnd.example.v1+json");
  EXPECT_EQ(manifest.kind, ManifestKind::kUnknown);
  EXPECT_EQ(manifest.media_type, "application/vnd.example.v1+json");
  EXPECT_EQ(manifest.artifact_type, "");
  EXPECT_TRUE(manifest.layers.empty());
  EXPECT_EQ(Parse("\x01\x02", "application/octet-stream").kind, ManifestKind::kUnknown);
  EXPECT_EQ(Parse("", "application/octet-stream").kind, ManifestKind::kUnknown);
  EXPECT_EQ(Parse("[1]", "text/plain").kind, ManifestKind::kUnknown);
  EXPECT_EQ(Parse(R"({"schemaVersion":2})", "application/json").media_type, "application/json");
}

TEST(ManifestTest, UpToFourMebibytes) {
  std::string body = R"({"schemaVersion":2,"manifests":[],"annotations":{)";
  for (int i = 0; i < 390; ++i)
    body += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\":\"" + std::string(10'000, 'x') + "\"";
  body += "}}";
  EXPECT_EQ(Parse(body, kImageIndex).annotations.size(), 390U);
  body += std::string(static_cast<size_t>(kManifestBytesMax) - body.size(), ' ');
  EXPECT_EQ(Parse(body, kImageIndex).annotations.size(), 390U);
  const auto larger = ParseManifest(body + " ", kImageIndex);
  ASSERT_FALSE(larger.ok());
  EXPECT_EQ(larger.error().reason(), "manifest_too_large");
  EXPECT_EQ(larger.error().code(), Code::kTooLarge);
}

}  // namespace
}  // namespace gantry::oci
