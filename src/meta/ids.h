#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/strong_id.h"

namespace gantry::meta {

using RepositoryId = StrongId<struct RepositoryIdTag>;
using BlobId = StrongId<struct BlobIdTag>;
using ManifestId = StrongId<struct ManifestIdTag>;
using TrashId = StrongId<struct TrashIdTag>;
// Deletions that were made together and are undone together.
using RunId = StrongId<struct RunIdTag>;
using PinId = StrongId<struct PinIdTag>;
using RuleId = StrongId<struct RuleIdTag>;
using BindingId = StrongId<struct BindingIdTag>;
using DocumentId = StrongId<struct DocumentIdTag>;

// Makes row ids: 53 bits of microseconds since 2020 and 10 random bits, rising within one process,
// so that rows made together lie together in the tables and several nodes need not agree on
// anything. Two nodes collide once in 1024 when both make an id in the same microsecond; the
// primary key then refuses the second (already_exists).
// Threads: Next from any thread.
class IdGenerator {
 public:
  explicit IdGenerator(const Clock& clock) : clock_(clock) {}

  template <typename Id>
  Id Next() {
    return Id{NextValue()};
  }

 private:
  int64_t NextValue();

  const Clock& clock_;
  std::atomic<int64_t> last_{0};
};

}  // namespace gantry::meta
