#include "iam/action.h"

#include "iam/action_pattern.h"
#include "iam/role.h"
#include "iam/testing.h"

namespace gantry::iam {
namespace {

using enum Action;

TEST(ActionTest, NamesAreFoundAgain) {
  for (int i = 0; i < kActionCount; ++i) {
    const auto action = static_cast<Action>(i);
    EXPECT_EQ(FindAction(ActionName(action)), action);
  }
  EXPECT_EQ(FindAction("repository:pull"), std::nullopt);
  EXPECT_EQ(ActionSet::All().List().size(), static_cast<size_t>(kActionCount));
  EXPECT_EQ(ActionSet::All().Text(), "*");
  EXPECT_EQ((ActionSet{kRepositoryPush, kRepositoryPull}).Text(),
            "repository:Pull,repository:Push");
}

TEST(ActionPatternTest, StandsForActions) {
  const struct {
    const char* pattern;
    ActionSet actions;
  } rows[] = {
      {"*", ActionSet::All()},
      {"repository:Pull", {kRepositoryPull}},
      {"REPOSITORY:pull", {kRepositoryPull}},
      {"project:*", {kProjectRead, kProjectCreate, kProjectUpdate, kProjectDelete, kProjectAdmin}},
      {"*:Read", {kProjectRead, kAccountRead, kAuditRead}},
      {"ecr:BatchGetImage", {kRepositoryPull}},
      {"ecr:GetDownloadUrlForLayer", {kRepositoryPull}},
      {"ecr:BatchCheckLayerAvailability", {kRepositoryPull}},
      {"ecr:batchgetimage", {kRepositoryPull}},
      {"ecr:PutImage", {kRepositoryPush}},
      {"ecr:InitiateLayerUpload", {kRepositoryPush}},
      {"ecr:UploadLayerPart", {kRepositoryPush}},
      {"ecr:CompleteLayerUpload", {kRepositoryPush}},
      {"ecr:*LayerUpload", {kRepositoryPush}},
      {"ecr:BatchDeleteImage", {kRepositoryDelete}},
      {"ecr:ListImages", {kRepositoryList}},
      {"ecr:DescribeImages", {kRepositoryList}},
      {"ecr:DescribeRepositories", {kRepositoryList, kAccountCatalog}},
      {"ecr:CreateRepository", {kRepositoryCreate}},
      {"ecr:SetRepositoryPolicy", {kRepositoryAdmin}},
      {"ecr:GetAuthorizationToken", {kTokenIssue}},
      {"artifactregistry.repositories.downloadArtifacts", {kRepositoryPull}},
      {"artifactregistry.repositories.uploadArtifacts", {kRepositoryPush}},
      {"artifactregistry.tags.*", {kRepositoryPush, kRepositoryDelete, kRepositoryList}},
      {"s3:GetObject", {}},
      {"iam:CreateServiceLinkedRole", {}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(Must(ParseActionPattern(row.pattern)).Text(), row.actions.Text()) << row.pattern;
  }
}

TEST(ActionPatternTest, EcrsWildcardIsNotEverything) {
  const ActionSet ecr = Must(ParseActionPattern("ecr:*"));
  EXPECT_TRUE(ecr.Has(kRepositoryPull) && ecr.Has(kRepositoryAdmin) && ecr.Has(kTokenIssue));
  EXPECT_FALSE(ecr.Has(kSystemOperate) || ecr.Has(kAuditRead));
}

TEST(ActionPatternTest, RefusesWhatNothingIsCalled) {
  for (const char* pattern :
       {"", "repository", "repository:Pul", "ecr:PutImages", "x:*", "ecr:Fly*"}) {
    const auto actions = ParseActionPattern(pattern);
    ASSERT_FALSE(actions.ok()) << pattern;
    EXPECT_EQ(actions.error().reason(), "action_unknown");
  }
  EXPECT_NE(ParseActionPattern("repository:Pul").error().message().find("repository:Pull?"),
            std::string::npos);
  EXPECT_FALSE(ParseActionPattern(std::string(1000, '*')).ok());
}

TEST(RoleTest, WhatTheBuiltInsGive) {
  const auto has = [](std::string_view role, Action action) {
    return FindBuiltInRole(role)->Has(action);
  };
  EXPECT_TRUE(has("reader", kRepositoryPull));
  EXPECT_FALSE(has("reader", kRepositoryPush));
  EXPECT_TRUE(has("writer", kRepositoryPush));
  EXPECT_TRUE(has("writer", kRepositoryCreate));
  EXPECT_FALSE(has("writer", kRepositoryDelete));
  EXPECT_TRUE(has("repository-admin", kRepositoryDelete));
  EXPECT_FALSE(has("repository-admin", kProjectAdmin));
  EXPECT_TRUE(has("project-admin", kProjectAdmin));
  EXPECT_TRUE(has("auditor", kAuditRead));
  EXPECT_FALSE(has("auditor", kRepositoryPull));
  EXPECT_TRUE(has("account-admin", kAccountAdmin));
  EXPECT_FALSE(has("account-admin", kSystemOperate));
  EXPECT_TRUE(has("system-admin", kSystemOperate));
  EXPECT_FALSE(has("roles/artifactregistry.writer", kRepositoryCreate));
  EXPECT_TRUE(has("roles/artifactregistry.createOnPushWriter", kRepositoryCreate));
  EXPECT_TRUE(has("roles/artifactregistry.repoAdmin", kRepositoryDelete));
  EXPECT_TRUE(has("roles/artifactregistry.admin", kProjectAdmin));
  EXPECT_EQ(FindBuiltInRole("owner"), std::nullopt);
}

}  // namespace
}  // namespace gantry::iam
