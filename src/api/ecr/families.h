#pragma once

#include <span>
#include <vector>

#include "api/ecr/call.h"

// The operations, each family in a file of its name.
namespace gantry::api::ecr {

std::span<const Operation> AccountOperations();
std::span<const Operation> AuthorizationOperations();
std::span<const Operation> ImageOperations();
std::span<const Operation> ImageListOperations();
std::span<const Operation> LayerOperations();
std::span<const Operation> LifecycleOperations();
std::span<const Operation> PolicyOperations();
std::span<const Operation> PullThroughOperations();
std::span<const Operation> ReplicationOperations();
std::span<const Operation> RepositoryOperations();
std::span<const Operation> ResourceTagOperations();
std::span<const Operation> ScanningOperations();
std::span<const Operation> SigningOperations();
std::span<const Operation> TemplateOperations();

inline std::vector<std::span<const Operation>> Families() {
  return {AccountOperations(),    AuthorizationOperations(), ImageOperations(),
          ImageListOperations(),  LayerOperations(),         LifecycleOperations(),
          PolicyOperations(),     PullThroughOperations(),   ReplicationOperations(),
          RepositoryOperations(), ResourceTagOperations(),   ScanningOperations(),
          SigningOperations(),    TemplateOperations()};
}

}  // namespace gantry::api::ecr
