#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "kube/image.h"

namespace gantry::kube {

// The objects of a cluster that name images.
enum class Kind : uint8_t {
  kPod,
  kJob,
  kCronJob,
  kDeployment,
  kReplicaSet,
  kStatefulSet,
  kDaemonSet,
  kControllerRevision,  // what a stateful set or daemon set can be rolled back to
};

// Where a kind is in the API.
struct Resource {
  Kind kind;
  const char* path;    // of those in all namespaces: "/apis/apps/v1/deployments"
  const char* plural;  // "deployments"
};
const std::array<Resource, 8>& Resources();

// Why an image is needed; the first that applies is said.
enum class Role : uint8_t {
  kRunning,   // a pod has it
  kTemplate,  // the next pod will have it
  kRollback,  // an older revision names it
};

// What people know an object by: its controller, where it has one. A pod of a deployment's replica
// set counts to the deployment.
struct Owner {
  std::string space;  // its namespace
  std::string kind;   // in lower case: "deployment"
  std::string name;

  auto operator<=>(const Owner&) const = default;
};

// What one object of the cluster needs of the registry.
struct Workload {
  Kind kind{};
  std::string uid;
  Owner owner;
  Role role = Role::kTemplate;
  std::vector<Image> images;  // each once; without a digest: of the tag, as it stands
};

// Reads an object as the API gives it. Pods that have ended and jobs that are complete or failed
// need nothing. nullopt: it is no object at all (no metadata.uid); unknown fields and those of an
// unexpected kind are passed over.
std::optional<Workload> ReadWorkload(Kind kind, json::Value object, const Registries& registries);

}  // namespace gantry::kube
