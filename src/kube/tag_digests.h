#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kube/image.h"

namespace gantry::kube {

// Which digests tags have in the registry, asked again after a while. Threads: one.
class TagDigests {
 public:
  // There, not there, or error.
  using Ask = std::function<Result<std::optional<oci::Digest>>(const Image&)>;
  // `clock` outlives this. `interval`: after which a tag is asked for again.
  TagDigests(const Clock& clock, Duration interval) : clock_(clock), interval_(interval) {}

  // Asks for those that are new or due, and forgets those that are not in `images`. An error leaves
  // what was known before, and the tag is due at once; where the registry does not answer at all,
  // no more is asked. Returns the first error when all is done.
  Result<void> Update(const std::vector<Image>& images, const Ask& ask);

  // Changes whenever an answer of Find can change.
  uint64_t version() const { return version_; }
  // nullopt: the registry has no such tag, or it is not known yet.
  std::optional<oci::Digest> Find(const Image& image) const;
  // Whether every image of the last Update got an answer once.
  bool complete() const { return complete_; }

 private:
  struct Known {
    std::optional<oci::Digest> digest;
    Time asked_at;  // of the monotonic clock
  };
  const Clock& clock_;
  const Duration interval_;
  std::map<Image, Known> known_;
  bool complete_ = true;
  uint64_t version_ = 0;
};

}  // namespace gantry::kube
