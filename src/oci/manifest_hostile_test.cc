#include <gtest/gtest.h>

#include <string>

#include "oci/manifest.h"

// What must not get in, and what the answer says about it.
namespace gantry::oci {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kConfig =
    R"("config":{"mediaType":"a/b","digest":")" + kDigest + R"(","size":1})";
const std::string kImage = R"({"schemaVersion":2,)" + kConfig;
const std::string kIndex = R"({"schemaVersion":2,"manifests":[])";

// The field that the refusal names; "ok" when the document is accepted.
std::string RefusedField(const std::string& body, std::string_view type) {
  const auto manifest = ParseManifest(body, type);
  if (manifest.ok()) return "ok";
  EXPECT_EQ(manifest.error().reason(), "manifest_invalid") << body;
  EXPECT_EQ(manifest.error().code(), Code::kInvalidArgument) << body;
  if (manifest.error().detail().size() != 1) return "no detail";
  EXPECT_EQ(manifest.error().detail()[0].first, "field");
  return manifest.error().detail()[0].second;
}

std::string WithLayer(const std::string& descriptor) {
  return kImage + R"(,"layers":[{"mediaType":"a/b","digest":")" + kDigest + R"(","size":0},)" +
         descriptor + "]}";
}

TEST(HostileManifestTest, NotJson) {
  for (const std::string body :
       {"", "{", "null", "[]", "7", "\"x\"", "{} {}", "\xef\xbb\xbf{}", "\xff"})
    EXPECT_EQ(RefusedField(body, kImageManifest), "") << body;
  EXPECT_EQ(RefusedField(kImage + "}x", kImageManifest), "");
  EXPECT_EQ(RefusedField(kImage + R"(,"x":)" + std::string(32, '[') + std::string(32, ']') + "}",
                         kImageManifest),
            "");
  EXPECT_EQ(RefusedField("x", "application/vnd.example+json"), "");
  EXPECT_EQ(RefusedField("x", "application/json"), "");
  EXPECT_EQ(RefusedField("x", ""), "");
}

TEST(HostileManifestTest, KeysTwice) {
  EXPECT_EQ(RefusedField(kImage + R"(,"layers":[],"layers":[]})", kImageManifest), "");
  EXPECT_EQ(RefusedField(kImage + R"(,"layers":[],"l\u0061yers":[]})", kImageManifest), "");
  EXPECT_EQ(RefusedField(kImage + R"(,"annotations":{"a":"1","a":"2"}})", kImageManifest), "");
  EXPECT_EQ(RefusedField(
                WithLayer(R"({"mediaType":"a/b","digest":")" + kDigest + R"(","size":1,"size":2})"),
                kImageManifest),
            "");
}

TEST(HostileManifestTest, KeysInAnotherCase) {
  EXPECT_EQ(RefusedField(kImage + R"(,"layers":[],"Layers":[]})", kImageManifest), "");
  EXPECT_EQ(RefusedField(kImage + R"(,"Manifests":[]})", kImageManifest), "");
  EXPECT_EQ(RefusedField(kImage + R"(,"layer\u017f":[]})", kImageManifest), "");
  EXPECT_EQ(RefusedField(WithLayer(R"({"mediaType":"a/b","digest":")" + kDigest +
                                   R"(","size":1,"DIGEST":"x"})"),
                         kImageManifest),
            "layers[1]");
}

TEST(HostileManifestTest, SchemaVersion) {
  for (const std::string version :
       {"1", "3", "0", "-2", "2.0", "2e0", "\"2\"", "true", "null", "[2]"})
    EXPECT_EQ(RefusedField(R"({"schemaVersion":)" + version + "," + kConfig + "}", kImageManifest),
              "schemaVersion")
        << version;
  EXPECT_EQ(RefusedField("{" + kConfig + "}", kImageManifest), "schemaVersion");
}

TEST(HostileManifestTest, Schema1) {
  const std::string body = R"({"schemaVersion":1,"name":"a","tag":"b","fsLayers":[]})";
  for (const std::string_view type :
       {"application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        "Application/vnd.docker.distribution.manifest.v1+prettyjws; charset=utf-8",
        "application/json"}) {
    const auto manifest = ParseManifest(body, type);
    ASSERT_FALSE(manifest.ok()) << type;
    EXPECT_EQ(manifest.error().reason(), "schema1");
    EXPECT_EQ(manifest.error().code(), Code::kUnsupported);
  }
  const auto manifest = ParseManifest(
      R"({"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+json"})",
      "");
  ASSERT_FALSE(manifest.ok());
  EXPECT_EQ(manifest.error().reason(), "schema1");
}

TEST(HostileManifestTest, MediaTypeOfBodyAndRequest) {
  const std::string docker = R"({"mediaType":")" + std::string(kDockerManifest) +
                             R"(","schemaVersion":2,)" + kConfig + "}";
  EXPECT_EQ(RefusedField(docker, kDockerManifest), "ok");
  EXPECT_EQ(RefusedField(docker, kImageManifest), "mediaType");
  EXPECT_EQ(RefusedField(docker, kImageIndex), "mediaType");
  EXPECT_EQ(RefusedField(docker, "application/json"), "mediaType");
  const std::string same_length =
      kImage + R"(,"mediaType":"application/vnd.oci.image.manifest.v2+json"})";
  EXPECT_EQ(RefusedField(same_length, kImageManifest), "mediaType");
  EXPECT_EQ(RefusedField(docker, "application/octet-stream"), "mediaType");
  EXPECT_EQ(RefusedField(docker, "application/x-www-form-urlencoded"), "mediaType");
  EXPECT_EQ(RefusedField(kImage + "}", ""), "mediaType");
  EXPECT_EQ(RefusedField(kImage + R"(,"mediaType":""})", ""), "mediaType");
  EXPECT_EQ(RefusedField(kImage + R"(,"mediaType":7})", kImageManifest), "mediaType");
  EXPECT_EQ(RefusedField(kImage + R"(,"mediaType":"a\nb"})", ""), "mediaType");
  EXPECT_EQ(RefusedField(kImage + "}", "a/b\r\nX: y"), "Content-Type");
  EXPECT_EQ(RefusedField(kImage + "}", std::string(256, 'a')), "Content-Type");
}

// CVE-2021-41190.
TEST(HostileManifestTest, ImageAndIndexAtOnce) {
  EXPECT_EQ(RefusedField(kImage + R"(,"manifests":[]})", kImageManifest), "manifests");
  EXPECT_EQ(RefusedField(kImage + R"(,"manifests":7})", kDockerManifest), "manifests");
  EXPECT_EQ(RefusedField(kIndex + R"(,"layers":[]})", kImageIndex), "layers");
  EXPECT_EQ(RefusedField(kIndex + "," + kConfig + "}", kImageIndex), "config");
  EXPECT_EQ(RefusedField(kIndex + "," + kConfig + "}", kDockerManifestList), "config");
  EXPECT_EQ(RefusedField(kIndex + R"(,"layers":null,"config":null})", kImageIndex), "ok");
}

TEST(HostileManifestTest, NoConfig) {
  EXPECT_EQ(RefusedField(R"({"schemaVersion":2,"layers":[]})", kImageManifest), "config");
  EXPECT_EQ(RefusedField(R"({"schemaVersion":2,"config":null})", kImageManifest), "config");
}

TEST(HostileManifestTest, Descriptors) {
  const std::string digest = R"("digest":")" + kDigest + "\"";
  const std::pair<std::string, std::string> cases[] = {
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1})", "ok"},
      {"7", "layers[1]"},
      {"null", "layers[1]"},
      {"[]", "layers[1]"},
      {"{}", "layers[1].mediaType"},
      {"{" + digest + R"(,"size":1})", "layers[1].mediaType"},
      {R"({"mediaType":"",)" + digest + R"(,"size":1})", "layers[1].mediaType"},
      {R"({"mediaType":["a"],)" + digest + R"(,"size":1})", "layers[1].mediaType"},
      {R"({"mediaType":"a\u0000b",)" + digest + R"(,"size":1})", "layers[1].mediaType"},
      {R"({"mediaType":"a/b","size":1})", "layers[1].digest"},
      {R"({"mediaType":"a/b","digest":null,"size":1})", "layers[1].digest"},
      {R"({"mediaType":"a/b","digest":7,"size":1})", "layers[1].digest"},
      {R"({"mediaType":"a/b","digest":"","size":1})", "layers[1].digest"},
      {R"({"mediaType":"a/b","digest":"sha256:../../etc","size":1})", "layers[1].digest"},
      {R"({"mediaType":"a/b","digest":"md5:d41d8cd98f00b204e9800998ecf8427e","size":1})",
       "layers[1].digest"},
      {R"({"mediaType":"a/b",)" + digest + "}", "layers[1].size"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":-1})", "layers[1].size"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1.5})", "layers[1].size"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":"1"})", "layers[1].size"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":9223372036854775808})", "layers[1].size"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"urls":"http://x"})", "layers[1].urls"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"urls":["a",7]})", "layers[1].urls[1]"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"platform":"linux"})",
       "layers[1].platform"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"platform":{"os":7}})",
       "layers[1].platform.os"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"annotations":[]})",
       "layers[1].annotations"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"annotations":{"k":7}})",
       "layers[1].annotations.k"},
      {R"({"mediaType":"a/b",)" + digest + R"(,"size":1,"artifactType":7})",
       "layers[1].artifactType"},
  };
  for (const auto& [descriptor, field] : cases)
    EXPECT_EQ(RefusedField(WithLayer(descriptor), kImageManifest), field) << descriptor;
}

TEST(HostileManifestTest, DataThatDoesNotMatch) {
  const std::string empty_object =
      "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
  const auto with = [&](const std::string& size, const std::string& data) {
    return WithLayer(R"({"mediaType":"a/b","digest":")" + empty_object + R"(","size":)" + size +
                     R"(,"data":)" + data + "}");
  };
  EXPECT_EQ(RefusedField(with("2", R"("e30=")"), kImageManifest), "ok");
  for (const auto& body :
       {with("3", R"("e30=")"), with("2", R"("e31=")"), with("2", R"("e30")"), with("2", R"("{}")"),
        with("2", "7"), with("2", R"("")"), with("0", R"("")"), with("2", R"("e30=\n")")})
    EXPECT_EQ(RefusedField(body, kImageManifest), "layers[1].data") << body;
}

TEST(HostileManifestTest, TopLevelKinds) {
  EXPECT_EQ(RefusedField(R"({"schemaVersion":2,"config":[]})", kImageManifest), "config");
  EXPECT_EQ(RefusedField(kImage + R"(,"layers":{}})", kImageManifest), "layers");
  EXPECT_EQ(RefusedField(R"({"schemaVersion":2,"manifests":"x"})", kImageIndex), "manifests");
  EXPECT_EQ(RefusedField(R"({"schemaVersion":2,"manifests":[1]})", kImageIndex), "manifests[0]");
  EXPECT_EQ(RefusedField(kImage + R"(,"subject":"x"})", kImageManifest), "subject");
  EXPECT_EQ(RefusedField(kImage + R"(,"subject":{}})", kImageManifest), "subject.mediaType");
  EXPECT_EQ(RefusedField(kImage + R"(,"annotations":"x"})", kImageManifest), "annotations");
  EXPECT_EQ(RefusedField(kImage + R"(,"artifactType":{}})", kImageManifest), "artifactType");
  EXPECT_EQ(RefusedField(kImage + R"(,"artifactType":"a\u0000"})", kImageManifest), "artifactType");
}

TEST(HostileManifestTest, TooManyDescriptors) {
  const std::string descriptor = R"({"mediaType":"a/b","digest":")" + kDigest + R"(","size":1})";
  std::string body = R"({"schemaVersion":2,"manifests":[)" + descriptor;
  for (int i = 1; i < 10'000; ++i) body += "," + descriptor;
  EXPECT_EQ(RefusedField(body + "]}", kImageIndex), "ok");
  EXPECT_EQ(RefusedField(body + "," + descriptor + "]}", kImageIndex), "manifests");
}

TEST(HostileManifestTest, MessagesStayShort) {
  const auto manifest = ParseManifest(
      WithLayer(R"({"mediaType":"a/b","size":1,"digest":")" + std::string(1'000'000, 'x') + "\"}"),
      kImageManifest);
  ASSERT_FALSE(manifest.ok());
  EXPECT_LT(manifest.error().ToString().size(), 600U);
  const auto annotation = ParseManifest(
      kImage + R"(,"annotations":{")" + std::string(1'000'000, 'x') + R"(":7}})", kImageManifest);
  ASSERT_FALSE(annotation.ok());
  EXPECT_LT(annotation.error().ToString().size(), 600U);
}

}  // namespace
}  // namespace gantry::oci
