#include "oci/reference.h"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

std::string Times(int n, std::string_view text) {
  std::string all;
  for (int i = 0; i < n; ++i) all += text;
  return all;
}

TEST(RepositoryNameTest, Accepts) {
  const std::string names[] = {
      "a",
      "0",
      "ab",
      "library/alpine",
      "a.b",
      "a_b",
      "a__b",
      "a-b",
      "a--b",
      "a-----b",
      "a.b_c__d-e",
      "a/b/c/d/e/f",
      "0/1",
      "my-gcp-project/myapp/api",
      "v2/blobs/uploads",
      "a.b/c",
      "foo/manifests",
      std::string(255, 'a'),
      Times(127, "a/") + "a",
  };
  for (const auto& name : names) {
    const auto parsed = RepositoryName::Parse(name);
    ASSERT_TRUE(parsed.ok()) << name << ": " << parsed.error().message();
    EXPECT_EQ(parsed->text(), name);
  }
}

TEST(RepositoryNameTest, Refuses) {
  const std::string names[] = {
      "",
      "/",
      "a/",
      "/a",
      "a//b",
      ".",
      "..",
      "a/..",
      "../a",
      "a/../b",
      "a/./b",
      "a..b",
      "a.",
      ".a",
      "a_",
      "_a",
      "a___b",
      "____",
      "-a",
      "a-",
      "a/-b",
      "a-/b",
      "a._b",
      "a-_b",
      "a_-b",
      "a-.b",
      "a_.b",
      "a.-b",
      "A",
      "aB",
      "Library/alpine",
      "a b",
      " a",
      "a ",
      "a\n",
      "\ta",
      "a:b",
      "a@b",
      "a+b",
      "a%2fb",
      "a\\b",
      "a~b",
      "a*",
      "é",
      "a/é",
      "日本",
      "a\xff",
      "\xc0\xae\xc0\xae/a",
      "аlpine",  // a Cyrillic а
      std::string("a\0b", 3),
      std::string("\0", 1),
      std::string("a\0", 2),
      std::string(256, 'a'),
      Times(128, "a/") + "a",
      "a/_b",
      "a/b_",
      "a__",
      "a/.b",
      "a?b",
      "a#b",
  };
  for (const auto& name : names) {
    const auto parsed = RepositoryName::Parse(name);
    ASSERT_FALSE(parsed.ok()) << name;
    EXPECT_EQ(parsed.error().reason(), "name_invalid") << name;
    EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument) << name;
  }
}

TEST(RepositoryNameTest, SaysWhatIsWrong) {
  EXPECT_EQ(RepositoryName::Parse("Foo").error().message(),
            "the repository name \"Foo\" has an upper-case letter; use lower case");
  EXPECT_EQ(RepositoryName::Parse("a//b").error().message(),
            "the repository name \"a//b\" has a component that is empty or ends with a separator");
  EXPECT_EQ(RepositoryName::Parse("a-").error().message(),
            "the repository name \"a-\" ends with a separator");
  EXPECT_LT(RepositoryName::Parse(std::string(100'000, '_')).error().ToString().size(), 600U);
}

TEST(RepositoryNameTest, Project) {
  EXPECT_EQ(RepositoryName::Parse("alpine")->project(), "");
  EXPECT_EQ(RepositoryName::Parse("library/alpine")->project(), "library");
  EXPECT_EQ(RepositoryName::Parse("a/b/c")->project(), "a");
}

TEST(TagTest, Accepts) {
  const std::string tags[] = {"a",
                              "A",
                              "0",
                              "_",
                              "latest",
                              "v1.2.3",
                              "_.-",
                              "a..b",
                              "a--b",
                              "__",
                              "3.19",
                              "sha256-0123.sig",
                              std::string(128, 'a')};
  for (const auto& tag : tags) {
    const auto parsed = Tag::Parse(tag);
    ASSERT_TRUE(parsed.ok()) << tag;
    EXPECT_EQ(parsed->text(), tag);
  }
}

TEST(TagTest, Refuses) {
  const std::string tags[] = {"",
                              ".",
                              "..",
                              ".a",
                              "-",
                              "-a",
                              "a/b",
                              "a:b",
                              "a b",
                              "a+b",
                              "a%20",
                              "a\n",
                              "é",
                              "a\xff",
                              "a@b",
                              "~a",
                              std::string("a\0", 2),
                              std::string(129, 'a')};
  for (const auto& tag : tags) {
    const auto parsed = Tag::Parse(tag);
    ASSERT_FALSE(parsed.ok()) << tag;
    EXPECT_EQ(parsed.error().reason(), "tag_invalid") << tag;
    EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument) << tag;
  }
}

TEST(ReferenceTest, AColonMakesADigest) {
  const std::string digest = "sha256:" + std::string(64, '0');
  EXPECT_EQ(std::get<Digest>(*ParseReference(digest)).text(), digest);
  EXPECT_EQ(std::get<Tag>(*ParseReference("latest")).text(), "latest");
  EXPECT_EQ(ParseReference("latest:").error().reason(), "digest_invalid");
  EXPECT_EQ(ParseReference("sha256:0").error().reason(), "digest_invalid");
  EXPECT_EQ(ParseReference("md5:0").error().reason(), "digest_unsupported");
  EXPECT_EQ(ParseReference("").error().reason(), "tag_invalid");
}

}  // namespace
}  // namespace gantry::oci
