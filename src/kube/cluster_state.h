#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "kube/interner.h"
#include "kube/pins.h"
#include "kube/workload.h"

namespace gantry::kube {

// What the objects of a cluster need, as lists and watches tell it. Images and owners are kept once
// each, an object as a few numbers: objects without an image of ours are not kept at all.
// Threads: one at a time.
class ClusterState {
 public:
  // A list of all objects of one kind begins: Put each of them, then EndList, which forgets those
  // that were not put since. A list that broke off is begun again.
  void BeginList(Kind kind);
  void EndList(Kind kind);

  // An object is there, or has changed.
  void Put(const Workload& workload);
  // It is gone; nothing happens when it was not there.
  void Remove(const std::string& uid);

  // Whether every kind has been listed once: before, an image that is missing says nothing.
  bool complete() const;
  // Changes whenever an answer below can change.
  uint64_t version() const { return version_; }
  size_t objects() const { return objects_.size(); }

  // The images that are named by tag, each once.
  std::vector<Image> TaggedImages() const;
  // The pins of all images; `digest_of` is asked for each that is named by tag, and one it does not
  // know has no pin.
  using DigestOf = std::function<std::optional<oci::Digest>(const Image&)>;
  PinSet Pins(const std::string& cluster, const DigestOf& digest_of) const;

 private:
  struct Object {
    Kind kind;
    Role role;
    uint32_t list = 0;  // the list of its kind that it was last in
    uint32_t owner = 0;
    std::vector<uint32_t> images;
  };
  using Objects = std::unordered_map<std::string, Object>;

  Objects::iterator Erase(Objects::iterator at);
  bool Says(const Object& object, const Workload& workload) const;

  Objects objects_;  // by uid
  Interner<Image> images_;
  Interner<Owner> owners_;
  struct Listing {
    uint32_t number = 0;
    bool done = false;  // once
  };
  std::array<Listing, 8> listings_;  // by kind
  uint64_t version_ = 0;
};

}  // namespace gantry::kube
