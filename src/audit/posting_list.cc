#include "audit/posting_list.h"

#include <algorithm>

#include "audit/bytes.h"
#include "base/assert.h"

namespace gantry::audit {

size_t PostingList::Add(uint32_t number) {
  GANTRY_ASSERT(count_ == 0 || number > last_);
  const size_t before = bytes_.size();
  if (count_ == 0) {
    first_ = number;
  } else if (count_ % kBlock == 0) {
    if (blocks_ == nullptr) blocks_ = std::make_unique<std::vector<Block>>();
    blocks_->push_back({number, static_cast<uint32_t>(bytes_.size())});
  } else {
    PutVarint(bytes_, number - last_);
  }
  last_ = number;
  ++count_;
  return bytes_.size() - before;
}

std::string PostingList::Encode() const {
  std::string out;
  const size_t blocks = blocks_ == nullptr ? 0 : blocks_->size();
  out.reserve(8 + blocks * 8 + bytes_.size());
  PutFixed(out, first_);
  PutFixed(out, count_);
  for (size_t i = 0; i < blocks; ++i) {
    PutFixed(out, (*blocks_)[i].first);
    PutFixed(out, (*blocks_)[i].offset);
  }
  out += bytes_;
  return out;
}

std::optional<PostingReader> PostingReader::Open(std::string encoded) {
  if (encoded.size() < 8) return std::nullopt;
  PostingReader reader;
  reader.count_ = GetFixed<uint32_t>(encoded, 4);
  if (reader.count_ == 0) return std::nullopt;
  reader.blocks_ = (size_t{reader.count_} + PostingList::kBlock - 1) / PostingList::kBlock;
  if (encoded.size() / 8 < reader.blocks_) return std::nullopt;
  reader.differences_ = reader.blocks_ * 8;
  reader.encoded_ = std::move(encoded);
  return reader;
}

uint32_t PostingReader::FirstOf(size_t block) const {
  return GetFixed<uint32_t>(encoded_, block * 8);
}

size_t PostingReader::BlockFor(uint32_t number) const {
  size_t low = 0, high = blocks_;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    (FirstOf(middle) <= number ? low : high) = middle;
  }
  return low;
}

void PostingReader::Load(size_t block) {
  if (block == loaded_) return;
  loaded_ = block;
  numbers_count_ = std::min<size_t>(PostingList::kBlock, count_ - block * PostingList::kBlock);
  const size_t offset = block == 0 ? 0 : GetFixed<uint32_t>(encoded_, block * 8 + 4);
  std::string_view left(encoded_);
  left.remove_prefix(std::min(differences_ + offset, left.size()));
  numbers_[0] = FirstOf(block);
  for (size_t i = 1; i < numbers_count_; ++i) {
    uint64_t difference = 0;
    if (!TakeVarint(left, difference) || difference == 0 ||
        difference > UINT32_MAX - numbers_[i - 1]) {
      numbers_count_ = i;  // damaged; a checksum told the caller before
      return;
    }
    numbers_[i] = numbers_[i - 1] + static_cast<uint32_t>(difference);
  }
}

std::optional<uint32_t> PostingReader::AtMost(uint32_t number) {
  if (number < FirstOf(0)) return std::nullopt;
  const bool is_loaded =
      loaded_ < blocks_ && number >= numbers_[0] && number <= numbers_[numbers_count_ - 1];
  if (!is_loaded) Load(BlockFor(number));
  const auto end = numbers_.begin() + static_cast<std::ptrdiff_t>(numbers_count_);
  return *(std::upper_bound(numbers_.begin(), end, number) - 1);
}

std::optional<uint32_t> PostingReader::AtLeast(uint32_t number) {
  const bool is_loaded =
      loaded_ < blocks_ && number >= numbers_[0] && number <= numbers_[numbers_count_ - 1];
  if (!is_loaded) Load(BlockFor(number));
  const auto end = numbers_.begin() + static_cast<std::ptrdiff_t>(numbers_count_);
  const auto found = std::lower_bound(numbers_.begin(), end, number);
  if (found != end) return *found;
  if (loaded_ + 1 >= blocks_) return std::nullopt;
  return FirstOf(loaded_ + 1);
}

}  // namespace gantry::audit
