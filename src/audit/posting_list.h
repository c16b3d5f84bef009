#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gantry::audit {

// The numbers of the records of a segment that have something in common, growing. They are kept in
// blocks of kBlock: the first number of a block stands alone, the others as varints of the
// difference to the one before. Threads: one.
class PostingList {
 public:
  static constexpr uint32_t kBlock = 128;

  // Returns how many bytes the list has grown by. REQUIRES: greater than every number so far.
  size_t Add(uint32_t number);
  uint32_t count() const { return count_; }
  // The form that PostingReader reads:
  //   u32 first number, u32 count, then for each block but the first u32 first number, u32 offset
  //   of its differences; then the differences
  std::string Encode() const;

 private:
  struct Block {
    uint32_t first;
    uint32_t offset;
  };
  uint32_t first_ = 0;
  uint32_t last_ = 0;
  uint32_t count_ = 0;
  std::string bytes_;
  std::unique_ptr<std::vector<Block>> blocks_;  // all but the first; most lists have no other
};

// Looks numbers up in an encoded list. Threads: one.
class PostingReader {
 public:
  // nullopt: this is not an encoded list. Differences are only looked at when they are needed.
  static std::optional<PostingReader> Open(std::string encoded);

  uint32_t count() const { return count_; }
  // The greatest number that is at most `number`; nullopt: there is none.
  std::optional<uint32_t> AtMost(uint32_t number);
  // The smallest number that is at least `number`; nullopt: there is none.
  std::optional<uint32_t> AtLeast(uint32_t number);

 private:
  PostingReader() = default;
  uint32_t FirstOf(size_t block) const;
  // The block that `number` would be in: the last one that begins at or before it, or the first.
  size_t BlockFor(uint32_t number) const;
  void Load(size_t block);

  std::string encoded_;
  uint32_t count_ = 0;
  size_t blocks_ = 0;
  std::string::size_type differences_ = 0;  // where they begin in encoded_
  size_t loaded_ = SIZE_MAX;                // the block in numbers_
  std::array<uint32_t, PostingList::kBlock> numbers_{};
  size_t numbers_count_ = 0;
};

}  // namespace gantry::audit
