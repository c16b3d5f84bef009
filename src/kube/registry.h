#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "kube/image.h"
#include "kube/pins.h"

namespace gantry::kube {

// The registry as the reporter needs it. Threads: one.
class Registry {
 public:
  virtual ~Registry() = default;

  // Says that this cluster reports, and how long it may be silent. Pins that it has there stay.
  virtual Result<void> Announce() = 0;
  // What the registry has of this cluster; errors as the two below.
  virtual Result<std::vector<PinKey>> ListPins() = 0;
  // First all that is put, then what is removed; a part may be done when an error comes.
  // not_found/pin_source_unknown: to be announced first.
  virtual Result<void> Apply(const PinChanges& changes) = 0;
  // A sign of life; errors as Apply.
  virtual Result<void> Heartbeat() = 0;

  // The digest of an image that is named by tag; nullopt: there is no such tag. An error is
  // neither.
  virtual Result<std::optional<oci::Digest>> Resolve(const Image& image) = 0;
};

}  // namespace gantry::kube
