#include "kube/workload.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace gantry::kube {
namespace {

json::Value Follow(json::Value value, std::initializer_list<const char*> path) {
  for (const char* key : path) {
    if (!value) return value;
    value = value.Find(key);
  }
  return value;
}

std::string_view TextOf(json::Value value, std::initializer_list<const char*> path) {
  const json::Value found = Follow(value, path);
  return found ? found.String().value_or("") : "";
}

json::Items ItemsOf(json::Value value, std::initializer_list<const char*> path) {
  const json::Value found = Follow(value, path);
  return found ? found.Items() : json::Items(nullptr, nullptr);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kPod:
      return "pod";
    case Kind::kJob:
      return "job";
    case Kind::kCronJob:
      return "cronjob";
    case Kind::kDeployment:
      return "deployment";
    case Kind::kReplicaSet:
      return "replicaset";
    case Kind::kStatefulSet:
      return "statefulset";
    case Kind::kDaemonSet:
      return "daemonset";
    case Kind::kControllerRevision:
      return "controllerrevision";
  }
  return "object";
}

// A replica set of a deployment is named after it, with the hash of the template behind.
std::string_view WithoutHash(std::string_view name, std::string_view hash) {
  if (hash.empty() || !name.ends_with(hash)) return "";
  name.remove_suffix(hash.size());
  if (!name.ends_with('-')) return "";
  name.remove_suffix(1);
  return name;
}

Owner OwnerOf(Kind kind, json::Value object) {
  Owner owner{std::string(TextOf(object, {"metadata", "namespace"})), KindName(kind),
              std::string(TextOf(object, {"metadata", "name"}))};
  for (const json::Value reference : ItemsOf(object, {"metadata", "ownerReferences"})) {
    const json::Value controller = Follow(reference, {"controller"});
    if (!controller || !controller.Bool().value_or(false)) continue;
    owner.kind = LowerCase(TextOf(reference, {"kind"}));
    owner.name = TextOf(reference, {"name"});
    const std::string_view deployment =
        WithoutHash(owner.name, TextOf(object, {"metadata", "labels", "pod-template-hash"}));
    if (kind == Kind::kPod && owner.kind == "replicaset" && !deployment.empty()) {
      owner.name = std::string(deployment);
      owner.kind = "deployment";
    }
  }
  return owner;
}

constexpr std::array<std::pair<const char*, const char*>, 3> kContainers = {
    {{"containers", "containerStatuses"},
     {"initContainers", "initContainerStatuses"},
     {"ephemeralContainers", "ephemeralContainerStatuses"}}};

void Add(std::optional<Image> image, std::vector<Image>& images) {
  if (!image || std::find(images.begin(), images.end(), *image) != images.end()) return;
  images.push_back(std::move(*image));
}

std::string_view ImageIdOf(json::Value pod, const char* statuses, std::string_view container) {
  for (const json::Value status : ItemsOf(pod, {"status", statuses}))
    if (TextOf(status, {"name"}) == container) return TextOf(status, {"imageID"});
  return "";
}

// `pod` has a spec and perhaps a status: a pod, or a template of one.
std::vector<Image> ImagesOf(json::Value pod, const Registries& registries) {
  std::vector<Image> images;
  for (const auto& [containers, statuses] : kContainers) {
    for (const json::Value container : ItemsOf(pod, {"spec", containers})) {
      const std::string_view id = ImageIdOf(pod, statuses, TextOf(container, {"name"}));
      Add(registries.FindRunning(TextOf(container, {"image"}), id), images);
    }
  }
  return images;
}

json::Value TemplateOf(Kind kind, json::Value object) {
  switch (kind) {
    case Kind::kPod:
      return object;
    case Kind::kCronJob:
      return Follow(object, {"spec", "jobTemplate", "spec", "template"});
    case Kind::kControllerRevision:
      return Follow(object, {"data", "spec", "template"});
    default:
      return Follow(object, {"spec", "template"});
  }
}

bool HasEnded(Kind kind, json::Value object) {
  if (kind == Kind::kPod) {
    const std::string_view phase = TextOf(object, {"status", "phase"});
    return phase == "Succeeded" || phase == "Failed";
  }
  if (kind != Kind::kJob) return false;
  for (const json::Value condition : ItemsOf(object, {"status", "conditions"})) {
    const std::string_view type = TextOf(condition, {"type"});
    if ((type == "Complete" || type == "Failed") && TextOf(condition, {"status"}) == "True")
      return true;
  }
  return false;
}

Role RoleOf(Kind kind, json::Value object) {
  if (kind == Kind::kPod) return Role::kRunning;
  if (kind == Kind::kControllerRevision) return Role::kRollback;
  if (kind != Kind::kReplicaSet) return Role::kTemplate;
  const json::Value replicas = Follow(object, {"spec", "replicas"});
  return replicas && replicas.Int() == 0 ? Role::kRollback : Role::kTemplate;
}

}  // namespace

const std::array<Resource, 8>& Resources() {
  static constexpr std::array<Resource, 8> kResources = {{
      {Kind::kPod, "/api/v1/pods", "pods"},
      {Kind::kJob, "/apis/batch/v1/jobs", "jobs"},
      {Kind::kCronJob, "/apis/batch/v1/cronjobs", "cronjobs"},
      {Kind::kDeployment, "/apis/apps/v1/deployments", "deployments"},
      {Kind::kReplicaSet, "/apis/apps/v1/replicasets", "replicasets"},
      {Kind::kStatefulSet, "/apis/apps/v1/statefulsets", "statefulsets"},
      {Kind::kDaemonSet, "/apis/apps/v1/daemonsets", "daemonsets"},
      {Kind::kControllerRevision, "/apis/apps/v1/controllerrevisions", "controllerrevisions"},
  }};
  return kResources;
}

std::optional<Workload> ReadWorkload(Kind kind, json::Value object, const Registries& registries) {
  Workload workload;
  workload.uid = TextOf(object, {"metadata", "uid"});
  if (workload.uid.empty()) return std::nullopt;
  workload.kind = kind;
  workload.owner = OwnerOf(kind, object);
  workload.role = RoleOf(kind, object);
  if (!HasEnded(kind, object)) workload.images = ImagesOf(TemplateOf(kind, object), registries);
  return workload;
}

}  // namespace gantry::kube
