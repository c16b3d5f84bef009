#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "retention/testing.h"

// Random repositories for the tests of this folder.
namespace gantry::retention {

struct Rng {
  std::mt19937_64 engine;
  int64_t Below(int64_t n) { return static_cast<int64_t>(engine() % static_cast<uint64_t>(n)); }
  bool Chance(int percent) { return Below(100) < percent; }
};

inline const std::vector<std::string>& Words() {
  static const std::vector<std::string> words{"v", "dev", "prod", "rc", "sha"};
  return words;
}

inline std::vector<Image> RandomImages(Rng& rng) {
  std::vector<Image> images(static_cast<size_t>(rng.Below(14)));
  for (size_t i = 0; i < images.size(); ++i) {
    Image& image = images[i];
    image.digest = std::string(1, static_cast<char>('a' + i));
    std::set<std::string> tags;
    for (int64_t t = rng.Below(4); t > 0; --t) {
      tags.insert(Words()[static_cast<size_t>(rng.Below(5))] + std::to_string(rng.Below(3)));
    }
    image.tags.assign(tags.begin(), tags.end());
    image.pushed_at = DaysAgo(rng.Below(12));
    if (rng.Chance(40)) image.last_pulled_at = DaysAgo(rng.Below(12));
    if (rng.Chance(15)) image.activated_at = DaysAgo(rng.Below(12));
    if (rng.Chance(20)) {
      image.storage_class = StorageClass::kArchive;
      image.archived_at = DaysAgo(rng.Below(12));
    }
    if (rng.Chance(8)) image.pin = "pinned";
    // What hangs on something stands behind it: no circles here (planner_test.cc has them).
    for (uint32_t child = static_cast<uint32_t>(i) + 1; child < images.size(); ++child) {
      if (rng.Chance(8)) image.children.push_back(child);
    }
    if (i > 0 && rng.Chance(12)) {
      image.subject = static_cast<uint32_t>(rng.Below(static_cast<int64_t>(i)));
    }
  }
  std::vector<uint32_t> places(images.size());
  for (uint32_t i = 0; i < places.size(); ++i) places[i] = i;
  std::shuffle(places.begin(), places.end(), rng.engine);
  std::vector<Image> shuffled(images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    for (uint32_t& child : images[i].children) child = places[child];
    if (images[i].subject != Image::kNone) images[i].subject = places[images[i].subject];
    shuffled[places[i]] = std::move(images[i]);
  }
  return shuffled;
}

}  // namespace gantry::retention
