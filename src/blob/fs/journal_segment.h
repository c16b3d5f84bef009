#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/function_ref.h"
#include "base/result.h"
#include "blob/fs/journal_record.h"
#include "io/file_system.h"

namespace gantry::blob {

// One use of a journal file: begun, filled with batches, retired. The file has its full length from
// the start, and a retired one is used again, so that the sync of a batch writes the batch and
// nothing else.
// Threads: one at a time.
class JournalSegment {
 public:
  // A file that is not in use.
  struct IdleFile {
    int number = 0;
    std::unique_ptr<io::File> file;
  };

  // Makes a journal file of `size` bytes, durably.
  static Result<IdleFile> MakeFile(io::FileSystem& fs, int number, int64_t size);
  // Begins a use; durable with the first batch. `fs` outlives the segment.
  static Result<std::unique_ptr<JournalSegment>> Begin(io::FileSystem& fs, IdleFile idle,
                                                       int64_t size, uint64_t sequence);
  // Looks into a file that an earlier process left. nullopt: no use of it is unfinished.
  // corruption/journal_damaged when it can't be told.
  // `sequence` is raised to the one of its last use.
  static Result<std::optional<std::unique_ptr<JournalSegment>>> Load(io::FileSystem& fs, int number,
                                                                     uint64_t& sequence);

  uint64_t sequence() const { return header_.sequence; }
  uint64_t nonce() const { return header_.nonce; }
  int number() const { return number_; }
  int64_t size() const { return size_; }
  bool Fits(size_t batch_size) const;
  // Appends a batch, durably; it is padded in place. After an error the segment takes no more.
  Result<void> Write(std::string& batch);
  // Every intact record in the order it was written, until `visit` fails. `bytes` may be moved
  // from.
  Result<void> ForEachRecord(
      FunctionRef<Result<void>(const RecordHeader&, int64_t offset, std::string_view bytes)> visit);
  Result<void> ReadBytes(int64_t offset, size_t length, std::string& bytes) const;
  // Nothing in the segment counts any more, durably. Returns the file, if it can be used again.
  // To be repeated after an error.
  Result<std::optional<IdleFile>> Retire();

 private:
  JournalSegment(io::FileSystem& fs, int number, std::unique_ptr<io::File> file, int64_t size,
                 const SegmentHeader& header);

  io::FileSystem& fs_;
  const int number_;
  std::unique_ptr<io::File> file_;
  const int64_t size_;
  SegmentHeader header_;
  int64_t end_ = kJournalBlock;  // of the last batch
  bool failed_ = false;          // what is in the file is uncertain; it is not used again
};

}  // namespace gantry::blob
