#include "kube/cluster_state.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace gantry::kube {
namespace {

size_t IndexOf(Kind kind) { return static_cast<size_t>(kind); }

}  // namespace

void ClusterState::BeginList(Kind kind) { ++listings_[IndexOf(kind)].number; }

void ClusterState::EndList(Kind kind) {
  Listing& listing = listings_[IndexOf(kind)];
  for (auto at = objects_.begin(); at != objects_.end();) {
    const bool gone = at->second.kind == kind && at->second.list != listing.number;
    at = gone ? Erase(at) : std::next(at);
  }
  if (!listing.done) ++version_;
  listing.done = true;
}

bool ClusterState::Says(const Object& object, const Workload& workload) const {
  return object.role == workload.role && owners_.At(object.owner) == workload.owner &&
         std::equal(object.images.begin(), object.images.end(), workload.images.begin(),
                    workload.images.end(), [this](uint32_t number, const Image& image) {
                      return images_.At(number) == image;
                    });
}

void ClusterState::Put(const Workload& workload) {
  const uint32_t list = listings_[IndexOf(workload.kind)].number;
  const auto old = objects_.find(workload.uid);
  if (old != objects_.end() && Says(old->second, workload)) {
    old->second.list = list;
    return;
  }
  if (old != objects_.end()) Erase(old);
  if (workload.images.empty()) return;
  Object object{workload.kind, workload.role, list, owners_.Take(workload.owner), {}};
  object.images.reserve(workload.images.size());
  for (const Image& image : workload.images) object.images.push_back(images_.Take(image));
  objects_.emplace(workload.uid, std::move(object));
  ++version_;
}

void ClusterState::Remove(const std::string& uid) {
  const auto at = objects_.find(uid);
  if (at != objects_.end()) Erase(at);
}

ClusterState::Objects::iterator ClusterState::Erase(Objects::iterator at) {
  for (const uint32_t image : at->second.images) images_.Release(image);
  owners_.Release(at->second.owner);
  ++version_;
  return objects_.erase(at);
}

bool ClusterState::complete() const {
  return std::all_of(listings_.begin(), listings_.end(),
                     [](const Listing& listing) { return listing.done; });
}

std::vector<Image> ClusterState::TaggedImages() const {
  std::vector<Image> tagged;
  for (const auto& [image, number] : images_.all())
    if (!image.digest) tagged.push_back(image);
  return tagged;
}

PinSet ClusterState::Pins(const std::string& cluster, const DigestOf& digest_of) const {
  // How many objects of one owner need an image in one role.
  std::map<std::tuple<uint32_t, uint32_t, Role>, int64_t> counts;
  for (const auto& [uid, object] : objects_)
    for (const uint32_t image : object.images) ++counts[{image, object.owner, object.role}];

  // A tag and a digest, and several tags, can name the same manifest: their uses come together.
  std::map<PinKey, std::map<std::pair<uint32_t, Role>, int64_t>> uses;
  for (const auto& [key, count] : counts) {
    const auto& [number, owner, role] = key;
    const Image& image = images_.At(number);
    std::optional<oci::Digest> digest = image.digest ? image.digest : digest_of(image);
    if (digest) uses[{image.repository, std::move(*digest)}][{owner, role}] += count;
  }
  PinSet pins;
  for (const auto& [key, of_key] : uses) {
    std::vector<Use> list;
    list.reserve(of_key.size());
    for (const auto& [use, count] : of_key)
      list.push_back({owners_.At(use.first), use.second, use.second == Role::kRunning ? count : 0});
    pins.emplace(key, MakePinText(cluster, std::move(list)));
  }
  return pins;
}

}  // namespace gantry::kube
