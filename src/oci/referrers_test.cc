#include "oci/referrers.h"

#include <gtest/gtest.h>

#include "oci/manifest.h"

namespace gantry::oci {
namespace {

TEST(ReferrersTest, NoneIsAnEmptyIndex) {
  EXPECT_EQ(RenderReferrers({}),
            R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
            R"("manifests":[]})");
}

TEST(ReferrersTest, ListsDescriptors) {
  const ReferrerEntry entries[] = {
      {kImageManifest, "sha256:1", 7, "application/x", R"({"a":"b"})"},
      {kImageIndex, "sha256:2", 8, "", "{}"},
  };
  const std::string text = RenderReferrers(entries);
  EXPECT_NE(text.find(R"("manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",)"
                      R"("digest":"sha256:1","size":7,"artifactType":"application/x",)"
                      R"("annotations":{"a":"b"}},)"
                      R"({"mediaType":"application/vnd.oci.image.index.v1+json",)"
                      R"("digest":"sha256:2","size":8}]})"),
            std::string::npos)
      << text;
}

TEST(ReferrersTest, Annotations) {
  EXPECT_EQ(RenderAnnotations({}), "{}");
  EXPECT_EQ(RenderAnnotations({{"k", "v"}, {"\"", "\n"}}), R"({"k":"v","\"":"\n"})");
}

}  // namespace
}  // namespace gantry::oci
