#pragma once

#include <cstdint>

#include "base/mutex.h"
#include "base/result.h"
#include "core/pace.h"
#include "core/store.h"
#include "core/trash.h"
#include "core/uploads.h"

namespace gantry::core {

// What one run of the collection did.
struct Collection {
  int64_t trash_purged = 0;
  int64_t uploads_expired = 0;
  int64_t links_removed = 0;  // blobs that a repository no longer needs
  int64_t blobs_removed = 0;  // blobs that no repository needs any more
  int64_t bytes_freed = 0;
  bool held = false;  // a backup is being taken: nothing was removed from the blob store
};

// Online collection of garbage: no reader and no push waits for it, and its cost grows with the
// garbage, not with the store. Works in small transactions, so that a push waits for at most one of
// them, and rests while clients are served (core/pace.h).
// Threads: all methods from any thread; one run at a time.
class Collector {
 public:
  // `trash`, `uploads` and `traffic` outlive this; nullptr: there are no clients.
  Collector(const Store& store, Trash& trash, Uploads& uploads, const Traffic* traffic = nullptr)
      : store_(store), trash_(trash), uploads_(uploads), traffic_(traffic) {}

  // Purges what is due in the trash, expires uploads, and removes every blob without need whose
  // grace period is over.
  Result<Collection> Run();

 private:
  Result<void> RemoveUnlinked(Pace& pace, Collection& done);
  // One batch; returns how many blobs.
  Result<int64_t> RemoveBatch(int64_t blobs_max, Collection& done);

  Store store_;
  Trash& trash_;
  Uploads& uploads_;
  const Traffic* const traffic_;
  Mutex running_;
};

}  // namespace gantry::core
