#include "audit/catalog.h"

#include <algorithm>

#include "audit/segment_reader.h"
#include "base/assert.h"

namespace gantry::audit {

void Catalog::AddClosed(uint64_t first_sequence) {
  MutexLock lock(mutex_);
  segments_.insert(first_sequence);
  unchecked_.insert(first_sequence);
}

void Catalog::Begin(std::unique_ptr<Index> index) {
  MutexLock lock(mutex_);
  GANTRY_ASSERT(open_ == nullptr);
  segments_.insert(index->first_sequence());
  open_ = std::move(index);
}

void Catalog::AddFrame(std::span<const TermHashes> records, int64_t offset, Time time_min,
                       Time time_max) {
  MutexLock lock(mutex_);
  open_->Add(records);
  open_->EndFrame(offset, time_min, time_max);
}

void Catalog::SetDurable(uint64_t sequence) {
  MutexLock lock(mutex_);
  durable_ = sequence;
}

void Catalog::Close(std::string final_hash) {
  MutexLock lock(mutex_);
  closed_.push_back({std::move(open_), std::move(final_hash)});
}

void Catalog::Remove(uint64_t first_sequence) {
  MutexLock lock(mutex_);
  segments_.erase(first_sequence);
  unchecked_.erase(first_sequence);
  std::erase_if(closed_,
                [&](const Closed& c) { return c.index->first_sequence() == first_sequence; });
}

size_t Catalog::OpenMemory() const {
  MutexLock lock(mutex_);
  return open_ == nullptr ? 0 : open_->memory();
}

Result<bool> Catalog::WriteNextIndex() {
  MutexLock file_lock(file_mutex_);
  Closed next;
  uint64_t unchecked = 0;
  {
    MutexLock lock(mutex_);
    if (!closed_.empty()) {
      next = closed_.front();
    } else if (!unchecked_.empty()) {
      unchecked = *unchecked_.begin();
      unchecked_.erase(unchecked_.begin());
    } else {
      return false;
    }
  }
  if (next.index != nullptr) {
    const auto written = next.index->WriteFile(fs_, next.final_hash);
    MutexLock lock(mutex_);  // written or not: it can be made again from the segment
    std::erase_if(closed_, [&](const Closed& c) { return c.index == next.index; });
    if (!written.ok()) return written.error();
    return true;
  }
  TRY_ASSIGN(const auto info, fs_.Stat(IndexName(unchecked)));
  if (info) return true;
  std::string final_hash;
  TRY_ASSIGN(const auto index, IndexSegment(fs_, unchecked, final_hash));
  TRY(index->WriteFile(fs_, final_hash));
  return true;
}

uint64_t Catalog::durable_sequence() const {
  MutexLock lock(mutex_);
  return durable_;
}

std::vector<uint64_t> Catalog::Segments() const {
  MutexLock lock(mutex_);
  return {segments_.begin(), segments_.end()};
}

std::shared_ptr<const Index> Catalog::FindClosed(uint64_t first_sequence) const {
  MutexLock lock(mutex_);
  for (const Closed& closed : closed_) {
    if (closed.index->first_sequence() == first_sequence) return closed.index;
  }
  return nullptr;
}

Result<SegmentLists> Catalog::Find(uint64_t first_sequence, const std::vector<uint64_t>& terms) {
  {
    MutexLock lock(mutex_);
    if (open_ != nullptr && open_->first_sequence() == first_sequence) {
      SegmentLists lists = open_->Find(terms);
      const uint64_t durable = durable_ + 1 - std::min(first_sequence, durable_ + 1);
      lists.records = static_cast<uint32_t>(std::min<uint64_t>(lists.records, durable));
      return lists;
    }
  }
  if (const auto index = FindClosed(first_sequence)) return index->Find(terms);
  TRY_ASSIGN(auto lists, FindInIndexFile(fs_, first_sequence, terms));
  if (lists) return *std::move(lists);
  return Rebuild(first_sequence, terms);
}

Result<SegmentLists> Catalog::Rebuild(uint64_t first_sequence, const std::vector<uint64_t>& terms) {
  MutexLock file_lock(file_mutex_);
  // Somebody else may have made it while this call waited.
  TRY_ASSIGN(auto lists, FindInIndexFile(fs_, first_sequence, terms));
  if (lists) return *std::move(lists);
  TRY_ASSIGN(const auto info, fs_.Stat(SegmentName(first_sequence)));
  if (!info) return NotFound("no_such_file", "the audit segment has been removed");
  std::string final_hash;
  TRY_ASSIGN(const auto index, IndexSegment(fs_, first_sequence, final_hash));
  // Full or not, the disk does not keep a search from its answer.
  const auto written = index->WriteFile(fs_, final_hash);
  static_cast<void>(written);
  return index->Find(terms);
}

}  // namespace gantry::audit
