#pragma once

#include <cstdint>

#include "base/mutex.h"
#include "base/result.h"
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
// garbage, not with the store. Works in small transactions (500 rows), so that a push waits for at
// most one of them.
// Threads: all methods from any thread; one run at a time.
class Collector {
 public:
  // `trash` and `uploads` outlive this.
  Collector(const Store& store, Trash& trash, Uploads& uploads)
      : store_(store), trash_(trash), uploads_(uploads) {}

  // Purges what is due in the trash, expires uploads, and removes every blob without need whose
  // grace period is over.
  Result<Collection> Run();

 private:
  Result<void> RemoveUnlinked(Collection& done);

  Store store_;
  Trash& trash_;
  Uploads& uploads_;
  Mutex running_;
};

}  // namespace gantry::core
