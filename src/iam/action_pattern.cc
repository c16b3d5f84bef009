#include "iam/action_pattern.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/glob.h"
#include "base/suggest.h"

namespace gantry::iam {
namespace {

struct Alias {
  std::string_view name;
  ActionSet actions;
};

using enum Action;

constexpr ActionSet kPull = {kRepositoryPull};
constexpr ActionSet kPush = {kRepositoryPush};
constexpr ActionSet kDelete = {kRepositoryDelete};
constexpr ActionSet kList = {kRepositoryList};
constexpr ActionSet kUpdate = {kRepositoryUpdate};
constexpr ActionSet kAdmin = {kRepositoryAdmin};

constexpr Alias kEcr[] = {
    {"ecr:BatchCheckLayerAvailability", kPull},
    {"ecr:BatchDeleteImage", kDelete},
    {"ecr:BatchGetImage", kPull},
    {"ecr:BatchGetRepositoryScanningConfiguration", kList},
    {"ecr:BatchImportUpstreamImage", {kRepositoryCreate}},
    {"ecr:CompleteLayerUpload", kPush},
    {"ecr:CreatePullThroughCacheRule", {kAccountUpdate}},
    {"ecr:CreateRepository", {kRepositoryCreate}},
    {"ecr:CreateRepositoryCreationTemplate", {kAccountUpdate}},
    {"ecr:DeleteLifecyclePolicy", kUpdate},
    {"ecr:DeletePullThroughCacheRule", {kAccountUpdate}},
    {"ecr:DeleteRegistryPolicy", {kAccountAdmin}},
    {"ecr:DeleteRepository", kDelete},
    {"ecr:DeleteRepositoryCreationTemplate", {kAccountUpdate}},
    {"ecr:DeleteRepositoryPolicy", kAdmin},
    {"ecr:DeleteSigningConfiguration", {kAccountUpdate}},
    {"ecr:DeregisterPullTimeUpdateExclusion", {kAccountUpdate}},
    {"ecr:DescribeImageReplicationStatus", kList},
    {"ecr:DescribeImageScanFindings", kList},
    {"ecr:DescribeImageSigningStatus", kList},
    {"ecr:DescribeImages", kList},
    {"ecr:DescribePullThroughCacheRules", {kAccountRead}},
    {"ecr:DescribeRegistry", {kAccountRead}},
    {"ecr:DescribeReplicationBackfillResults", {kAccountRead}},
    {"ecr:DescribeRepositories", {kRepositoryList, kAccountCatalog}},
    {"ecr:DescribeRepositoryCreationTemplates", {kAccountRead}},
    {"ecr:GetAccountSetting", {kAccountRead}},
    {"ecr:GetAuthorizationToken", {kTokenIssue}},
    {"ecr:GetDownloadUrlForLayer", kPull},
    {"ecr:GetLifecyclePolicy", kList},
    {"ecr:GetLifecyclePolicyPreview", kList},
    {"ecr:GetRegistryPolicy", {kAccountRead}},
    {"ecr:GetRegistryScanningConfiguration", {kAccountRead}},
    {"ecr:GetRepositoryPolicy", kAdmin},
    {"ecr:GetSigningConfiguration", {kAccountRead}},
    {"ecr:InitiateLayerUpload", kPush},
    {"ecr:ListImageReferrers", kList},
    {"ecr:ListImages", kList},
    {"ecr:ListPullTimeUpdateExclusions", {kAccountRead}},
    {"ecr:ListReplicationBackfills", {kAccountRead}},
    {"ecr:ListTagsForResource", kList},
    {"ecr:PutAccountSetting", {kAccountUpdate}},
    {"ecr:PutImage", kPush},
    {"ecr:PutImageScanningConfiguration", kUpdate},
    {"ecr:PutImageTagMutability", kUpdate},
    {"ecr:PutLifecyclePolicy", kUpdate},
    {"ecr:PutRegistryPolicy", {kAccountAdmin}},
    {"ecr:PutRegistryScanningConfiguration", {kAccountUpdate}},
    {"ecr:PutReplicationConfiguration", {kAccountUpdate}},
    {"ecr:PutSigningConfiguration", {kAccountUpdate}},
    {"ecr:RegisterPullTimeUpdateExclusion", {kAccountUpdate}},
    {"ecr:ReplicateImage", kPush},
    {"ecr:SetRepositoryPolicy", kAdmin},
    {"ecr:StartImageScan", kUpdate},
    {"ecr:StartLifecyclePolicyPreview", kUpdate},
    {"ecr:StartReplicationBackfill", {kAccountUpdate}},
    {"ecr:StopReplicationBackfill", {kAccountUpdate}},
    {"ecr:TagResource", kUpdate},
    {"ecr:UntagResource", kUpdate},
    {"ecr:UpdateImageStorageClass", kUpdate},
    {"ecr:UpdatePullThroughCacheRule", {kAccountUpdate}},
    {"ecr:UpdateRepositoryCreationTemplate", {kAccountUpdate}},
    {"ecr:UploadLayerPart", kPush},
    {"ecr:ValidatePullThroughCacheRule", {kAccountRead}},
};

// What Artifact Registry calls a repository is a project here; its packages are repositories.
constexpr Alias kArtifactRegistry[] = {
    {"artifactregistry.attachments.create", kPush},
    {"artifactregistry.attachments.delete", kDelete},
    {"artifactregistry.attachments.get", kList},
    {"artifactregistry.attachments.list", kList},
    {"artifactregistry.dockerimages.get", kList},
    {"artifactregistry.dockerimages.list", kList},
    {"artifactregistry.files.delete", kDelete},
    {"artifactregistry.files.download", kPull},
    {"artifactregistry.files.get", kList},
    {"artifactregistry.files.list", kList},
    {"artifactregistry.files.upload", kPush},
    {"artifactregistry.packages.delete", kDelete},
    {"artifactregistry.packages.get", kList},
    {"artifactregistry.packages.list", kList},
    {"artifactregistry.packages.update", kUpdate},
    {"artifactregistry.projectsettings.get", {kAccountRead}},
    {"artifactregistry.projectsettings.update", {kAccountUpdate}},
    {"artifactregistry.repositories.create", {kProjectCreate}},
    {"artifactregistry.repositories.createOnPush", {kRepositoryCreate}},
    {"artifactregistry.repositories.delete", {kProjectDelete}},
    {"artifactregistry.repositories.deleteArtifacts", kDelete},
    {"artifactregistry.repositories.downloadArtifacts", kPull},
    {"artifactregistry.repositories.get", {kProjectRead}},
    {"artifactregistry.repositories.getIamPolicy", {kProjectAdmin}},
    {"artifactregistry.repositories.list", {kProjectRead, kAccountCatalog}},
    {"artifactregistry.repositories.readViaVirtualRepository", kPull},
    {"artifactregistry.repositories.setIamPolicy", {kProjectAdmin}},
    {"artifactregistry.repositories.update", {kProjectUpdate}},
    {"artifactregistry.repositories.uploadArtifacts", kPush},
    {"artifactregistry.tags.create", kPush},
    {"artifactregistry.tags.delete", kDelete},
    {"artifactregistry.tags.get", kList},
    {"artifactregistry.tags.list", kList},
    {"artifactregistry.tags.update", kPush},
    {"artifactregistry.versions.delete", kDelete},
    {"artifactregistry.versions.get", kList},
    {"artifactregistry.versions.list", kList},
};

// Services whose actions stand beside ECR's in AWS's own policies and examples.
constexpr std::string_view kOtherServices[] = {
    "cloudtrail:", "cloudwatch:", "codebuild:", "ec2:",        "ecr-public:", "ecs:",
    "eks:",        "events:",     "iam:",       "inspector2:", "kms:",        "logs:",
    "s3:",         "sns:",        "sqs:",       "ssm:",        "sts:",        "secretsmanager:",
};

constexpr size_t kPatternLengthMax = 128;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Calls visit(name, actions) for every name that means something.
template <typename Visit>
void ForEachName(const Visit& visit) {
  for (const Action action : ActionSet::All().List()) visit(ActionName(action), ActionSet{action});
  for (const Alias& alias : kEcr) visit(alias.name, alias.actions);
  for (const Alias& alias : kArtifactRegistry) visit(alias.name, alias.actions);
}

Error Unknown(std::string_view pattern) {
  std::vector<std::string> names;
  ForEachName([&](std::string_view name, ActionSet) { names.emplace_back(name); });
  std::string message = "no action is called \"" + std::string(pattern.substr(0, 128)) + "\"";
  if (const auto nearest = Nearest(pattern, names)) message += "; did you mean " + *nearest + "?";
  return InvalidArgument("action_unknown", std::move(message));
}

}  // namespace

Result<ActionSet> ParseActionPattern(std::string_view pattern) {
  if (pattern == "*") return ActionSet::All();
  if (pattern.size() > kPatternLengthMax) return Unknown(pattern);
  const std::string lower = Lower(pattern);
  ActionSet actions;
  bool found = false;
  ForEachName([&](std::string_view name, ActionSet meaning) {
    if (!GlobMatches(lower, Lower(name))) return;
    actions = actions | meaning;
    found = true;
  });
  const bool other =
      std::any_of(std::begin(kOtherServices), std::end(kOtherServices),
                  [&](std::string_view service) { return lower.starts_with(service); });
  if (!found && !other) return Unknown(pattern);
  return actions;
}

}  // namespace gantry::iam
