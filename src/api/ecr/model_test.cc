#include "api/ecr/model.h"

#include <gtest/gtest.h>

#include "api/ecr/arn.h"
#include "api/ecr/scan_filter.h"

namespace gantry::api::ecr {
namespace {

class EcrModel : public testing::Test {
 protected:
  // What is wrong with an input; "" when nothing is.
  std::string ProblemOf(const char* operation, const std::string& input) const {
    const Shape* shape = model_.InputOf(operation);
    const auto document = json::Document::Parse(input);
    if (shape == nullptr || !document.ok()) return "(test)";
    const auto checked = Model::Check(*shape, document->root());
    return checked.ok() ? "" : checked.error().message();
  }
  static std::string Sentence(const std::string& parameter, const std::string& constraint) {
    return "Invalid parameter at '" + parameter + "' failed to satisfy constraint: '" + constraint +
           "'";
  }

  const Model model_;
};

TEST_F(EcrModel, Names) {
  EXPECT_EQ(ProblemOf("CreateRepository", R"({"repositoryName":"a/b"})"), "");
  EXPECT_EQ(ProblemOf("CreateRepository", R"({"repositoryName":"BAD NAME"})"),
            Sentence("repositoryName",
                     "must satisfy regular expression "
                     "'(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'"));
  EXPECT_EQ(ProblemOf("CreateRepository", R"({"repositoryName":"a"})"),
            Sentence("repositoryName", "Member must have length greater than or equal to 2"));
  EXPECT_EQ(ProblemOf("CreateRepository", R"({"repositoryName":")" + std::string(257, 'a') + "\"}"),
            Sentence("repositoryName", "Member must have length less than or equal to 256"));
}

TEST_F(EcrModel, AbsenceAndTypes) {
  const std::string missing = Sentence("repositoryName", "Member must not be null");
  EXPECT_EQ(ProblemOf("DeleteRepository", "{}"), missing);
  EXPECT_EQ(ProblemOf("DeleteRepository", R"({"repositoryName":null})"), missing);
  EXPECT_EQ(ProblemOf("DeleteRepository", R"({"repositoryName":7})"),
            "repositoryName is not a string");
  EXPECT_EQ(ProblemOf("DeleteRepository", R"({"repositoryName":"ab","force":"yes"})"),
            "force is not a boolean");
  EXPECT_EQ(ProblemOf("DeleteRepository", "[]"), "the body is not an object");
  EXPECT_EQ(ProblemOf("DeleteRepository", R"({"repositoryName":"ab","force":null,"new":[]})"), "");
}

TEST_F(EcrModel, ListsAndWhatIsInThem) {
  EXPECT_EQ(ProblemOf("BatchGetImage", R"({"repositoryName":"ab","imageIds":[]})"),
            Sentence("imageIds", "Member must have length greater than or equal to 1"));
  EXPECT_EQ(
      ProblemOf("BatchGetImage", R"({"repositoryName":"ab","imageIds":[{},{"imageTag":""}]})"),
      Sentence("imageIds.2.member.imageTag", "Member must have length greater than or equal to 1"));
  EXPECT_EQ(
      ProblemOf("PutReplicationConfiguration",
                R"({"replicationConfiguration":{"rules":[{"destinations":[{"region":"r1"}]}]}})"),
      Sentence("replicationConfiguration.rules.1.member.destinations.1.member.registryId",
               "Member must not be null"));
}

TEST_F(EcrModel, EnumerationsNumbersAndBlobs) {
  EXPECT_EQ(ProblemOf("PutImageTagMutability",
                      R"({"repositoryName":"ab","imageTagMutability":"SOMETIMES"})"),
            Sentence("imageTagMutability",
                     "Member must satisfy enum value set: [MUTABLE, IMMUTABLE, "
                     "IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]"));
  EXPECT_EQ(ProblemOf("ListImages", R"({"repositoryName":"ab","maxResults":1001})"),
            Sentence("maxResults", "Member must have value less than or equal to 1000"));
  const std::string part =
      R"({"repositoryName":"ab","uploadId":"00000000-0000-0000-0000-000000000000",)"
      R"("partFirstByte":0,"partLastByte":0,"layerPartBlob":")";
  EXPECT_EQ(ProblemOf("UploadLayerPart", part + "YQ==\"}"), "");
  EXPECT_EQ(ProblemOf("UploadLayerPart", part + "YQ\"}"), "layerPartBlob is not a base64 text");
  const std::string large(28'000'000, 'Y');
  EXPECT_EQ(ProblemOf("UploadLayerPart", part + "YQ==" + "\"}").size(), 0U);
  const Shape* shape = model_.InputOf("UploadLayerPart");
  const auto document = json::Document::Parse(part + large + "\"}", {.bytes_max = 32 << 20});
  ASSERT_TRUE(document.ok());
  EXPECT_EQ(Model::Check(*shape, document->root()).error().message(),
            Sentence("layerPartBlob", "Member must have length less than or equal to 20971520"));
}

TEST_F(EcrModel, CopiesWhatItKnows) {
  const auto document = json::Document::Parse(
      R"({"rules":[{"signingProfileArn":"a","other":1,"repositoryFilters":null}],"more":{}})");
  ASSERT_TRUE(document.ok());
  std::string text;
  json::Writer writer(text);
  Model::Copy(model_.Get("SigningConfiguration"), document->root(), writer);
  EXPECT_EQ(text, R"({"rules":[{"signingProfileArn":"a"}]})");
}

TEST(EcrArn, BothWays) {
  const auto arn = ParseRepositoryArn("arn:aws:ecr:us-east-1:111111111111:repository/app/web");
  ASSERT_TRUE(arn.ok());
  EXPECT_EQ(ArnOf("us-east-1", arn->account, arn->name),
            "arn:aws:ecr:us-east-1:111111111111:repository/app/web");
  for (const char* text :
       {"", "arn", "arn:aws:s3:r:111111111111:repository/a", "arn:aws:ecr:r:1:repository/a",
        "arn:aws:ecr:r:111111111111:repository/", "arn:aws:ecr:r:111111111111:image/a"})
    EXPECT_FALSE(ParseRepositoryArn(text).ok()) << text;
}

TEST(EcrScanFilter, AsTheGuideSays) {
  const char* names[] = {"prod", "repo-prod", "prod-repo", "repo-prod-repo", "prodrepo"};
  const auto matching = [&](const char* filter) {
    std::string all;
    for (const char* name : names) all += ScanFilterMatches(filter, name) ? '1' : '0';
    return all;
  };
  EXPECT_EQ(matching("prod"), "11111");
  EXPECT_EQ(matching("*prod"), "11000");
  EXPECT_EQ(matching("prod*"), "10101");
  EXPECT_EQ(matching("*prod*"), "11111");
  EXPECT_EQ(matching("prod*repo"), "00101");
}

}  // namespace
}  // namespace gantry::api::ecr
