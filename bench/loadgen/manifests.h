#pragma once

#include <cstdint>
#include <string>

#include "connection.h"
#include "options.h"

namespace loadgen {

// Unique manifests of --size bytes (an annotation pads them) that share one config and one layer,
// each pushed under its own tag: --tag-prefix and seven digits. `options` outlives this.
class Manifests {
 public:
  explicit Manifests(const Options& options);

  // Pushes what they share; false, with a line printed, when the server refuses.
  static bool PushShared(const Options& options);

  // The next one's PUT.
  Request Next();

  uint64_t made() const { return made_; }

 private:
  const Options& options_;
  std::string start_;
  uint64_t made_ = 0;
};

}  // namespace loadgen
