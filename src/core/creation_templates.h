#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "core/store.h"
#include "db/db.h"
#include "meta/repository_key.h"

namespace gantry::core {

// The kind of account document that a creation template is kept as; its name is its prefix, "ROOT"
// for all that no other is for. The body is ECR's RepositoryCreationTemplate: read are appliedFor
// (CREATE_ON_PUSH must be among it), imageTagMutability, imageTagMutabilityExclusionFilters,
// encryptionConfiguration, description and resourceTags.
inline constexpr const char* kCreationTemplateKind = "ecr.creation_template";

// The repository's id; one that is created takes its settings and labels from the template of the
// longest prefix of its name, whole components, that there is.
Result<meta::RepositoryId> EnsureRepositoryOnPush(db::Tx& tx, const Store& store,
                                                  const meta::RepositoryKey& key, Time now);

}  // namespace gantry::core
