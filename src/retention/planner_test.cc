// Units, pins and several policies; what rules select is in ecr_examples_test.cc.
#include "retention/planner.h"

#include <string>

#include "retention/testing.h"

namespace gantry::retention {
namespace {

using Expected = std::map<std::string, std::string>;

Policy KeepNewest(int count) {
  return Must(ParseEcrPolicy(
      R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":)" +
      std::to_string(count) + R"(},"action":{"type":"expire"}}]})"));
}
Policy UntaggedAfter(int days) {
  return Must(ParseEcrPolicy(
      R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":)" +
      std::to_string(days) + R"(},"action":{"type":"expire"}}]})"));
}

Image IndexOf(std::string digest, std::vector<std::string> tags, int64_t age,
              std::vector<uint32_t> children) {
  Image image = ImageOf(std::move(digest), std::move(tags), age);
  image.kind = oci::ManifestKind::kIndex;
  image.children = std::move(children);
  return image;
}
Image ReferrerOf(std::string digest, int64_t age, uint32_t subject) {
  Image image = ImageOf(std::move(digest), {}, age);
  image.subject = subject;
  return image;
}

// Two builds for two platforms each, the first signed.
std::vector<Image> TwoBuilds() {
  return {IndexOf("I", {"v1"}, 10, {1, 2}),
          ImageOf("I1", {}, 10),
          ImageOf("I2", {}, 10),
          ReferrerOf("S", 10, 0),
          IndexOf("J", {"v2"}, 5, {5, 6}),
          ImageOf("J1", {}, 5),
          ImageOf("J2", {}, 5)};
}

TEST(PlannerTest, AnIndexWithAllThatHangsOnItIsOneImage) {
  EXPECT_EQ(ActedOn({KeepNewest(2)}, TwoBuilds()), Expected{});
  EXPECT_EQ(ActedOn({KeepNewest(1)}, TwoBuilds()),
            (Expected{{"I", "expire by 1"}, {"I1", "expire"}, {"I2", "expire"}, {"S", "expire"}}));
  EXPECT_EQ(ActedOn({UntaggedAfter(1)}, TwoBuilds()), Expected{});  // children are no junk
}

TEST(PlannerTest, ASharedChildGoesWithItsLastIndex) {
  std::vector<Image> images{IndexOf("I", {"v1"}, 10, {2}), IndexOf("J", {"v2"}, 5, {2}),
                            ImageOf("C", {}, 10)};
  EXPECT_EQ(ActedOn({KeepNewest(1)}, images), (Expected{{"I", "expire by 1"}}));
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 2), "stays with the index J");
}

TEST(PlannerTest, ATaggedChildIsAnImageOfItsOwnThatCannotGoFirst) {  // R17
  std::vector<Image> images{IndexOf("I", {"v1"}, 1, {1}), ImageOf("C", {"v1-arm"}, 10)};
  EXPECT_EQ(ActedOn({KeepNewest(1)}, images), Expected{});
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 1), "stays with the index I");
  images[0].pushed_at = DaysAgo(20);
  EXPECT_EQ(ActedOn({KeepNewest(1)}, images), (Expected{{"I", "expire by 1"}}));
}

TEST(PlannerTest, APullOfAChildIsAPullOfItsIndex) {
  const Policy policy = Must(ParseEcrPolicy(
      R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePulled","countUnit":"days","countNumber":7},"action":{"type":"expire"}}]})"));
  std::vector<Image> images = TwoBuilds();
  images[1].last_pulled_at = DaysAgo(1);
  EXPECT_EQ(ActedOn({policy}, images), Expected{});
  images[1].last_pulled_at = {};
  images[3].last_pulled_at = DaysAgo(1);  // somebody checked the signature
  EXPECT_EQ(ActedOn({policy}, images).count("I"), 1u);
}

TEST(PlannerTest, APinProtectsAllThatNeedsItAndAllThatHangsOnThat) {
  std::vector<Image> images = TwoBuilds();
  images[1].pin = "running in cluster prod";
  EXPECT_EQ(ActedOn({KeepNewest(1)}, images), Expected{});
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 1), "pinned: running in cluster prod");
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 0), "pinned: running in cluster prod");
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 2), "stays with the index I");
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 3), "stays with the index I");
}

TEST(PlannerTest, APinnedSignatureKeepsItsSubject) {
  std::vector<Image> images = TwoBuilds();
  images[3].pin = "held";
  EXPECT_EQ(ActedOn({KeepNewest(1)}, images), Expected{});
}

TEST(PlannerTest, AnImageOfItsOwnThatIsKeptOutlivesItsIndex) {
  std::vector<Image> images{IndexOf("I", {}, 10, {1, 2}), ImageOf("C", {"keep"}, 10),
                            ImageOf("D", {}, 10)};
  EXPECT_EQ(ActedOn({UntaggedAfter(5)}, images), (Expected{{"I", "expire by 1"}, {"D", "expire"}}));
}

TEST(PlannerTest, ImagesThatAreEachOthersSignaturesStay) {
  std::vector<Image> images{ImageOf("A", {"x"}, 10), ImageOf("B", {"y"}, 10), ImageOf("C", {}, 10),
                            ImageOf("D", {}, 10)};
  images[0].subject = 1;
  images[1].subject = 0;
  images[2].subject = 1;
  EXPECT_EQ(ActedOn({KeepNewest(1), UntaggedAfter(1)}, images), (Expected{{"D", "expire by 1"}}));
  images[0].pin = "held";
  EXPECT_EQ(ReasonFor({KeepNewest(1)}, images, 1), "pinned: held");
}

TEST(PlannerTest, WhatOnePolicyRetainsNoOtherDeletes) {
  const Policy keep_v1 = Must(
      ParseCleanupPolicies(R"([{"name":"k","action":"Keep","condition":{"tagPrefixes":["v1"]}}])"));
  EXPECT_EQ(ActedOn({KeepNewest(1), keep_v1}, TwoBuilds()), Expected{});
  EXPECT_EQ(ActedOn({keep_v1, KeepNewest(1)}, TwoBuilds()), Expected{});
}

TEST(PlannerTest, TiesAreBrokenByDigest) {
  EXPECT_EQ(ActedOn({KeepNewest(1)}, {ImageOf("B", {}, 1), ImageOf("A", {}, 1)}),
            (Expected{{"B", "expire by 1"}}));
}

TEST(PlannerTest, WithoutPolicyEverythingStays) {
  EXPECT_EQ(ActedOn({}, TwoBuilds()), Expected{});
  EXPECT_EQ(ReasonFor({}, TwoBuilds(), 0), "no rule selects it");
}

}  // namespace
}  // namespace gantry::retention
