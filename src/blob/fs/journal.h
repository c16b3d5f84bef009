#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/function_ref.h"
#include "base/mutex.h"
#include "base/result.h"
#include "blob/fs/journal_segment.h"
#include "io/file_system.h"
#include "oci/digest.h"

namespace gantry::blob {

// Makes small blobs durable together: a publish appends its bytes here and waits for a sync that it
// shares with all who wait at that time; the blob's own file is then written without one. A
// checkpoint makes the files of a full segment durable with a single sync of the file system and
// retires the segment. After a crash the files are restored from the segments that are left.
//
// Rules that make this right:
//  - A record is durable before the blob's file is made, so every small file under its name is
//    covered: by a live segment, or by the checkpoint that retired it.
//  - A segment is retired only when all its files were written (pins) and then synced.
//  - A removal is a record too when a live segment has the blob, else a restart would bring it
//  back.
//    It only cancels the records before it. Whether it is durable does not matter for safety: a
//    blob that comes back is a right blob that nobody refers to.
//  - Segments are retired in the order of their use, so that a removal is never forgotten before
//  the
//    record that it cancels.
//
// Threads: all methods from any thread, except Recover.
class Journal {
 private:
  struct Use;

 public:
  // Keeps a segment from being retired until the blob's file is written.
  class Pin {
   public:
    Pin(Journal& journal, std::shared_ptr<Use> use) : journal_(&journal), use_(std::move(use)) {}
    ~Pin();
    Pin(Pin&&) noexcept = default;
    Pin& operator=(Pin&&) = delete;

   private:
    Journal* journal_;
    std::shared_ptr<Use> use_;  // nullptr: moved from
  };

  // Writes the file of a blob, without a sync.
  using Restore = FunctionRef<Result<void>(const oci::Digest&, std::string_view bytes)>;
  // Removes the file of a blob that was being removed, if it is not intact.
  using Discard = FunctionRef<Result<void>(const oci::Digest&)>;

  // `fs` outlives this. `segment_size` is the length of the files. `patience` is how long an append
  // waits when publishes are faster than checkpoints.
  Journal(io::FileSystem& fs, int64_t segment_size, Duration patience);
  ~Journal();

  // Brings every blob that the segments of an earlier process hold into its file, durably, and
  // retires them. Once, before anything else.
  Result<void> Recover(Restore restore, Discard discard);

  // Makes a blob durable. The caller writes its file and then drops the pin.
  // unavailable/journal_full when checkpoints fail or are too slow, or the errors of the file
  // system; the blob may be restored after a crash then.
  // REQUIRES: at most kSmallBlobMax bytes; one call at a time for a digest (DigestLocks).
  Result<Pin> Append(const oci::Digest& digest, std::string_view bytes);
  // Before the files of blobs are removed; one sync for about a thousand. REQUIRES: as Append.
  Result<void> AppendRemovals(std::span<const oci::Digest> digests);
  // Whether a segment that is not retired has the blob.
  bool Holds(const oci::Digest& digest) const;

  // Makes the files of all blobs appended so far durable and retires their segments. `restore`
  // writes those again that an earlier checkpoint failed to sync; it skips what Holds denies.
  Result<void> Checkpoint(Restore restore);
  // The same for the segments that are full; the one that is being filled goes on.
  Result<void> RetireFullSegments(Restore restore);
  // Blocks until a segment became full since the last call, Interrupt was called, or `timeout`
  // (false). One thread at a time.
  bool WaitForWork(Duration timeout);
  void Interrupt();

 private:
  // A segment and what is known of its blobs.
  struct Use {
    std::unique_ptr<JournalSegment> segment;
    std::unordered_set<std::string> digests;  // the blobs a restart would restore from it
    int64_t records = 0;
    int64_t pins = 0;
    bool unsynced = false;  // a sync of its files failed: they are to be written again
  };
  using UsePointer = std::shared_ptr<Use>;  // shared with pins

  // One caller in the queue. The first one leads: it writes for as many as fit.
  struct Waiter {
    enum class Kind { kBlob, kRemoval, kSeal };
    Kind kind;
    std::span<const oci::Digest* const> digests;  // of kBlob: one
    std::string_view bytes;                       // of kBlob
    bool done = false;
    std::optional<Error> error;
    UsePointer use;
    CondVar changed;

    // Of its records.
    size_t size() const { return digests.size() * kRecordHeaderSize + bytes.size(); }
  };

  Result<void> Run(Waiter& waiter);
  void Lead() REQUIRES_LOCK(mutex_);
  std::vector<Waiter*> ChooseBatch(size_t& size) const REQUIRES_LOCK(mutex_);
  Result<void> WriteBatch(const std::vector<Waiter*>& batch, size_t size);
  Result<UsePointer> BeginUse();
  void Seal() REQUIRES_LOCK(mutex_);
  void Note(Waiter& waiter) REQUIRES_LOCK(mutex_);
  void Unpin(Use& use);
  Result<void> WaitForRoom();
  Result<void> RetireSealed(Restore restore) REQUIRES_LOCK(checkpoint_mutex_);
  Result<void> RestoreAll(Use& use, Restore restore);
  Result<void> Retire(const UsePointer& use);
  Result<std::vector<UsePointer>> LoadSegments();

  io::FileSystem& fs_;
  const int64_t segment_size_;
  const Duration patience_;

  // The leader's, handed on with mutex_: nobody else touches them, so it may do I/O without it.
  std::string batch_;
  uint64_t last_sequence_ = 0;

  Mutex checkpoint_mutex_;  // one checkpoint at a time; taken before mutex_
  mutable Mutex mutex_;
  CondVar unpinned_;
  CondVar retired_;
  CondVar work_;
  bool work_pending_ GUARDED_BY(mutex_) = false;
  bool interrupted_ GUARDED_BY(mutex_) = false;
  std::deque<Waiter*> queue_ GUARDED_BY(mutex_);
  UsePointer active_ GUARDED_BY(mutex_);              // changed by the leader only
  std::deque<UsePointer> sealed_ GUARDED_BY(mutex_);  // the oldest first
  std::set<int> numbers_ GUARDED_BY(mutex_);          // of journal files that exist
  std::optional<JournalSegment::IdleFile> spare_ GUARDED_BY(mutex_);
};

}  // namespace gantry::blob
