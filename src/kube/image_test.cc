#include "kube/image.h"

#include <gtest/gtest.h>

namespace gantry::kube {
namespace {

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kOther = "sha256:" + std::string(64, 'b');

Registries Make(const std::vector<std::string>& names) { return Registries::Make(names).value(); }

TEST(ImageTest, FindsImagesOfItsRegistriesOnly) {
  const Registries registries = Make({"Registry.example.com", "localhost:5000"});
  const auto tagged = registries.Find("registry.example.com/shop/api:1.0");
  ASSERT_TRUE(tagged);
  EXPECT_EQ(tagged->repository.text(), "shop/api");
  EXPECT_EQ(tagged->tag->text(), "1.0");
  EXPECT_FALSE(tagged->digest);
  EXPECT_EQ(registries.Find("localhost:5000/api")->tag->text(), "latest");
  EXPECT_EQ(registries.Find("localhost:5000/api")->registry, 1u);
  for (const char* other : {"nginx", "library/nginx:1", "other.example.com/shop/api:1.0", "",
                            "registry.example.com", "registry.example.com/", "localhost:5001/api",
                            "registry.example.com/Shop:1", "registry.example.com/a@sha256:12"})
    EXPECT_FALSE(registries.Find(other)) << other;
}

TEST(ImageTest, ADigestMakesTheTagMeaningless) {
  const auto image = Make({"r.example.com"}).Find("r.example.com/api:1.0@" + kDigest);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->digest->text(), kDigest);
  EXPECT_FALSE(image->tag);
}

TEST(ImageTest, APartOfThePathCanNameTheAccount) {
  const Registries registries = Make({"pkg.example.com/my-project"});
  EXPECT_FALSE(registries.Find("pkg.example.com/other/api:1"));
  const auto image = registries.Find("pkg.example.com/my-project/shop/api:1");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->repository.text(), "shop/api");
  EXPECT_EQ(registries.ManifestUrl(*image),
            "https://pkg.example.com/v2/my-project/shop/api/manifests/1");
}

TEST(ImageTest, WhatRunsIsWhatTheRuntimeReports) {
  const Registries registries = Make({"r.example.com"});
  for (const std::string& id : {"docker-pullable://r.example.com/api@" + kDigest,
                                "r.example.com/api@" + kDigest, "mirror.local/other@" + kDigest}) {
    const auto running = registries.FindRunning("r.example.com/api:1.0", id);
    ASSERT_TRUE(running) << id;
    EXPECT_EQ(running->repository.text(), "api") << id;
    EXPECT_EQ(running->digest->text(), kDigest) << id;
  }
  // The name of the configuration says nothing about the manifest.
  for (const std::string& id : {kDigest, "docker://" + kDigest, std::string()})
    EXPECT_EQ(registries.FindRunning("r.example.com/api:1.0", id)->tag->text(), "1.0") << id;
  // A name that the node made of another: what was reported counts.
  EXPECT_EQ(registries.FindRunning("api:1.0", "r.example.com/api@" + kOther)->digest->text(),
            kOther);
  EXPECT_FALSE(registries.FindRunning("nginx", "docker.io/library/nginx@" + kDigest));
}

TEST(ImageTest, UrlsAreHttpsButForTheLoopback) {
  EXPECT_EQ(Make({"r.example.com"}).url(), "https://r.example.com");
  EXPECT_EQ(Make({"127.0.0.1:5000"}).url(), "http://127.0.0.1:5000");
  EXPECT_EQ(Make({"http://registry.local"}).url(), "http://registry.local");
  EXPECT_EQ(Make({"https://localhost:5000/"}).url(), "https://localhost:5000");
  for (const auto& bad : std::vector<std::vector<std::string>>{{}, {""}, {"ftp://r"}, {"/x"}})
    EXPECT_EQ(Registries::Make(bad).error().reason(), "registry_invalid");
}

}  // namespace
}  // namespace gantry::kube
