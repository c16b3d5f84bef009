#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "audit/frame.h"
#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

// "00000000000000000042.seg" and ".idx": a segment and its index are named by the first sequence.
std::string SegmentName(uint64_t first_sequence);
std::string IndexName(uint64_t first_sequence);
// nullopt: it is not the name of a segment.
std::optional<uint64_t> ParseSegmentName(std::string_view name);

// A frame where it stands in its segment.
struct Frame {
  int64_t offset = 0;
  FrameHeader header;
  std::string_view payload;
  std::string_view hash;       // as it is stored
  bool hash_is_right = false;  // the stored hash follows from the frame and the hash before it
};

// Reads the frames of one segment, first to last, with a constant amount of memory.
// Threads: one.
class SegmentReader {
 public:
  // nullopt: there is no such segment, or its first bytes are not the header of one.
  // `read_size`: how much it reads at once.
  static Result<std::optional<SegmentReader>> Open(io::FileSystem& fs, uint64_t first_sequence,
                                                   size_t read_size = 256 << 10);

  const SegmentHeader& header() const { return header_; }
  // The hash that the first frame follows.
  const std::string& header_hash() const { return header_hash_; }

  // The hash that the frame at `offset` follows, as it is stored before it; shorter if it is not
  // there.
  Result<std::string> HashBefore(int64_t offset) const;
  // Goes on at the frame at `offset`, which follows `previous_hash`.
  void Seek(int64_t offset, std::string previous_hash);

  // The next frame, whose views are valid until the next call; the chain goes on from the stored
  // hash. nullopt: the bytes from offset() on are not a whole frame; none are left if at_end().
  Result<std::optional<Frame>> Next();
  int64_t offset() const { return offset_; }
  Result<bool> AtEnd() const;
  // The hash of the last frame that was read, or of the header.
  const std::string& previous_hash() const { return previous_hash_; }

 private:
  SegmentReader(std::unique_ptr<io::File> file, SegmentHeader header, std::string header_hash,
                size_t read_size);
  // Makes `size` bytes from offset_ on available in buffer_. False: there are less.
  Result<bool> Fill(size_t size);
  std::string_view Ahead() const { return std::string_view(buffer_).substr(at_); }

  std::unique_ptr<io::File> file_;
  SegmentHeader header_;
  std::string header_hash_;
  std::string previous_hash_;
  size_t read_size_;
  int64_t offset_ = static_cast<int64_t>(kSegmentHeaderSize);
  std::string buffer_;
  size_t at_ = 0;  // of offset_ in buffer_
};

}  // namespace gantry::audit
