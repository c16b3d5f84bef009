#pragma once

#include <string_view>

#include "base/result.h"
#include "iam/action.h"

namespace gantry::iam {

// What a policy's author wrote as an action, as the actions it stands for: "repository:Pull", an
// ECR action ("ecr:BatchGetImage"), an Artifact Registry permission
// ("artifactregistry.repositories.downloadArtifacts"), each with '*' and '?' as wildcards and
// without regard to case (as AWS compares). Empty for an action of another AWS service ("s3:*"),
// which a shared policy may well contain and which gives nothing here.
// invalid_argument/action_unknown: nothing is called so; the sentence proposes what is.
Result<ActionSet> ParseActionPattern(std::string_view pattern);

}  // namespace gantry::iam
