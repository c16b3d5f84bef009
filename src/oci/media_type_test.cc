#include "oci/media_type.h"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

TEST(MediaTypeTest, CutsParameters) {
  EXPECT_EQ(BareMediaType("a/b"), "a/b");
  EXPECT_EQ(BareMediaType(" a/b ; charset=utf-8"), "a/b");
  EXPECT_EQ(BareMediaType("a/b;"), "a/b");
  EXPECT_EQ(BareMediaType(";charset=utf-8"), "");
  EXPECT_EQ(BareMediaType(" \t"), "");
  EXPECT_EQ(BareMediaType(""), "");
}

TEST(MediaTypeTest, KnowsWhatCanStandInAHeader) {
  for (const std::string text : {"a/b", "artifact", "text/plain; charset=utf-8", "a"})
    EXPECT_TRUE(IsMediaType(text)) << text;
  EXPECT_TRUE(IsMediaType(std::string(255, 'a')));
  EXPECT_FALSE(IsMediaType(std::string(256, 'a')));
  for (const std::string text : {"", "a\nb", "a\r\nX: y", "é", "a\x7f"})
    EXPECT_FALSE(IsMediaType(text)) << text;
  EXPECT_FALSE(IsMediaType(std::string_view("a\0b", 3)));
}

TEST(MediaTypeTest, OneSpelling) {
  EXPECT_EQ(CanonicalMediaType("Application/VND.oci.image.manifest.v1+JSON"), kImageManifest);
  EXPECT_EQ(CanonicalMediaType("Application/X"), "Application/X");
  EXPECT_EQ(CanonicalMediaType(""), "");
}

TEST(MediaTypeTest, Kinds) {
  EXPECT_EQ(KindOf(kImageManifest), ManifestKind::kImage);
  EXPECT_EQ(KindOf(kDockerManifest), ManifestKind::kImage);
  EXPECT_EQ(KindOf(kImageIndex), ManifestKind::kIndex);
  EXPECT_EQ(KindOf(kDockerManifestList), ManifestKind::kIndex);
  EXPECT_EQ(KindOf(kEmptyJson), ManifestKind::kUnknown);
  EXPECT_TRUE(IsSchema1("application/vnd.docker.distribution.manifest.v1+prettyjws"));
  EXPECT_FALSE(IsSchema1(kDockerManifest));
  EXPECT_TRUE(IsJson("application/json"));
  EXPECT_TRUE(IsJson("application/x+json"));
  EXPECT_FALSE(IsJson("application/octet-stream"));
}

}  // namespace
}  // namespace gantry::oci
