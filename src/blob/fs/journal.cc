#include "blob/fs/journal.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "base/assert.h"
#include "base/encoding.h"
#include "blob/fs/layout.h"

namespace gantry::blob {
namespace {

// Enough for a full disk queue; keeps the wait of the last one in a batch short.
constexpr size_t kBatchMax = 1 << 20;
// Bounds the memory of a segment's table however small its blobs are.
constexpr int64_t kRecordsMax = 32 << 10;
// Only failing checkpoints let segments pile up.
constexpr size_t kSealedMax = 16;

// What is removed together takes no more room than a blob.
constexpr size_t kRemovalsMax = static_cast<size_t>(kSmallBlobMax) / kRecordHeaderSize;

}  // namespace

Journal::Pin::~Pin() {
  if (use_ != nullptr) journal_->Unpin(*use_);
}

Journal::Journal(io::FileSystem& fs, int64_t segment_size, Duration patience)
    : fs_(fs), segment_size_(segment_size), patience_(patience) {
  GANTRY_ASSERT(segment_size >= 2 * kJournalBlock + kSmallBlobMax &&
                segment_size % kJournalBlock == 0);
}

Journal::~Journal() = default;

Result<Journal::Pin> Journal::Append(const oci::Digest& digest, std::string_view bytes) {
  GANTRY_ASSERT(static_cast<int64_t>(bytes.size()) <= kSmallBlobMax);
  const oci::Digest* const one = &digest;
  Waiter waiter{Waiter::Kind::kBlob, {&one, 1}, bytes, false, std::nullopt, nullptr, {}};
  TRY(Run(waiter));
  return Pin(*this, std::move(waiter.use));
}

Result<void> Journal::AppendRemovals(std::span<const oci::Digest> digests) {
  std::vector<const oci::Digest*> held;
  for (const oci::Digest& digest : digests)
    if (Holds(digest)) held.push_back(&digest);
  for (std::span<const oci::Digest* const> rest = held; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kRemovalsMax));
    rest = rest.subspan(some.size());
    Waiter waiter{Waiter::Kind::kRemoval, some, {}, false, std::nullopt, nullptr, {}};
    TRY(Run(waiter));
  }
  return Ok();
}

bool Journal::Holds(const oci::Digest& digest) const {
  MutexLock lock(mutex_);
  if (active_ != nullptr && active_->digests.contains(digest.text())) return true;
  return std::any_of(sealed_.begin(), sealed_.end(),
                     [&](const UsePointer& use) { return use->digests.contains(digest.text()); });
}

Result<void> Journal::Run(Waiter& waiter) {
  MutexLock lock(mutex_);
  queue_.push_back(&waiter);
  while (!waiter.done && queue_.front() != &waiter) waiter.changed.Wait(mutex_);
  if (!waiter.done) Lead();
  if (waiter.error) return *std::move(waiter.error);
  return Ok();
}

void Journal::Lead() {
  size_t size = 0;
  const std::vector<Waiter*> batch = ChooseBatch(size);
  std::optional<Error> error;
  if (batch.front()->kind == Waiter::Kind::kSeal) {
    Seal();
  } else {
    // The batch stays in the queue meanwhile, so nobody else leads.
    mutex_.Unlock();
    Result<void> written = WriteBatch(batch, size);
    mutex_.Lock();
    if (!written.ok()) error = std::move(written).error();
  }
  for (Waiter* const waiter : batch) {
    queue_.pop_front();
    waiter->done = true;
    if (error) {
      waiter->error = *error;
    } else {
      Note(*waiter);
    }
    waiter->changed.SignalOne();
  }
  if (!queue_.empty()) queue_.front()->changed.SignalOne();
}

std::vector<Journal::Waiter*> Journal::ChooseBatch(size_t& size) const {
  std::vector<Waiter*> batch{queue_.front()};
  size = batch.front()->size();
  if (batch.front()->kind == Waiter::Kind::kSeal) return batch;
  for (size_t i = 1; i < queue_.size(); ++i) {
    const size_t longer = size + queue_[i]->size();
    if (queue_[i]->kind == Waiter::Kind::kSeal || longer > kBatchMax ||
        static_cast<int64_t>(longer) > segment_size_ - 2 * kJournalBlock)
      break;
    size = longer;
    batch.push_back(queue_[i]);
  }
  return batch;
}

Result<void> Journal::WriteBatch(const std::vector<Waiter*>& batch, size_t size) {
  UsePointer use;
  {
    MutexLock lock(mutex_);
    if (active_ != nullptr && (!active_->segment->Fits(size) || active_->records >= kRecordsMax)) {
      Seal();
      work_pending_ = true;
      work_.SignalOne();
    }
    use = active_;
  }
  if (use == nullptr) {
    TRY(WaitForRoom());
    TRY_ASSIGN(use, BeginUse());
  }
  batch_.clear();
  for (const Waiter* const waiter : batch) {
    const auto kind = waiter->kind == Waiter::Kind::kBlob ? RecordHeader::Kind::kBlob
                                                          : RecordHeader::Kind::kRemoval;
    for (const oci::Digest* const digest : waiter->digests) {
      AppendRecord({kind, *digest, waiter->bytes.size()}, waiter->bytes, use->segment->nonce(),
                   batch_);
    }
  }
  Result<void> written = use->segment->Write(batch_);
  if (written.ok()) return Ok();
  MutexLock lock(mutex_);
  Seal();
  return written;
}

Result<void> Journal::WaitForRoom() {
  MutexLock lock(mutex_);
  while (sealed_.size() >= kSealedMax && patience_ > Duration{}) {
    if (!retired_.WaitFor(mutex_, std::chrono::microseconds(patience_.micros))) break;
  }
  if (sealed_.size() < kSealedMax) return Ok();
  return Unavailable("journal_full",
                     "the disk does not keep up with writing the files of small blobs; try again, "
                     "and see the log for errors");
}

Result<Journal::UsePointer> Journal::BeginUse() {
  std::optional<JournalSegment::IdleFile> idle;
  int number = 0;
  {
    MutexLock lock(mutex_);
    idle = std::exchange(spare_, std::nullopt);
    while (numbers_.contains(number)) ++number;
  }
  if (!idle) {
    TRY_ASSIGN(idle, JournalSegment::MakeFile(fs_, number, segment_size_));
  }
  number = idle->number;
  auto use = std::make_shared<Use>();
  auto begun = JournalSegment::Begin(fs_, *std::move(idle), segment_size_, last_sequence_ + 1);
  const bool is_there = begun.ok() || !fs_.Remove(JournalPath(number)).ok();
  MutexLock lock(mutex_);
  if (is_there) {
    numbers_.insert(number);
  } else {
    numbers_.erase(number);
  }
  if (!begun.ok()) return std::move(begun).error();
  ++last_sequence_;
  use->segment = *std::move(begun);
  active_ = use;
  return use;
}

void Journal::Seal() {
  if (active_ == nullptr) return;
  sealed_.push_back(std::move(active_));
  active_ = nullptr;
}

void Journal::Note(Waiter& waiter) {
  if (waiter.kind == Waiter::Kind::kSeal) return;
  active_->records += static_cast<int64_t>(waiter.digests.size());
  if (waiter.kind == Waiter::Kind::kBlob) {
    active_->digests.insert(waiter.digests.front()->text());
    ++active_->pins;
    waiter.use = active_;
    return;
  }
  for (const oci::Digest* const digest : waiter.digests) {
    active_->digests.erase(digest->text());
    for (const UsePointer& use : sealed_) use->digests.erase(digest->text());
  }
}

void Journal::Unpin(Use& use) {
  MutexLock lock(mutex_);
  if (--use.pins == 0) unpinned_.SignalAll();
}

Result<void> Journal::RetireFullSegments(Restore restore) {
  MutexLock one(checkpoint_mutex_);
  return RetireSealed(restore);
}

Result<void> Journal::Checkpoint(Restore restore) {
  MutexLock one(checkpoint_mutex_);
  // First those that are full: the leader may be waiting for them, and the seal behind it.
  TRY(RetireSealed(restore));
  Waiter seal{Waiter::Kind::kSeal, {}, {}, false, std::nullopt, nullptr, {}};
  TRY(Run(seal));
  return RetireSealed(restore);
}

Result<void> Journal::RetireSealed(Restore restore) {
  std::vector<UsePointer> uses;
  {
    MutexLock lock(mutex_);
    uses.assign(sealed_.begin(), sealed_.end());
    for (const UsePointer& use : uses) {
      while (use->pins > 0) unpinned_.Wait(mutex_);
    }
  }
  if (uses.empty()) return Ok();
  for (const UsePointer& use : uses) {
    if (use->unsynced) TRY(RestoreAll(*use, restore));
  }
  Result<void> synced = fs_.SyncAll();
  for (const UsePointer& use : uses) use->unsynced = !synced.ok();
  if (!synced.ok()) return synced;
  for (const UsePointer& use : uses) TRY(Retire(use));
  return Ok();
}

Result<void> Journal::RestoreAll(Use& use, Restore restore) {
  return use.segment->ForEachRecord(
      [&](const RecordHeader& header, int64_t, std::string_view bytes) -> Result<void> {
        if (header.kind != RecordHeader::Kind::kBlob) return Ok();
        return restore(header.digest, bytes);
      });
}

Result<void> Journal::Retire(const UsePointer& use) {
  const int number = use->segment->number();
  TRY_ASSIGN(auto idle, use->segment->Retire());
  const bool is_gone = !idle;
  bool is_spare = false;
  {
    MutexLock lock(mutex_);
    GANTRY_ASSERT(sealed_.front() == use);
    sealed_.pop_front();
    is_spare = !is_gone && !spare_ && use->segment->size() == segment_size_;
    if (is_spare) spare_ = std::move(idle);
    if (is_gone) numbers_.erase(number);
    retired_.SignalAll();
  }
  if (is_spare || is_gone) return Ok();
  TRY(fs_.Remove(JournalPath(number)));
  MutexLock lock(mutex_);
  numbers_.erase(number);
  return Ok();
}

Result<std::vector<Journal::UsePointer>> Journal::LoadSegments() {
  std::vector<UsePointer> uses;
  TRY_ASSIGN(const auto names, fs_.List(kJournalDirectory));
  for (const std::string& name : names) {
    const auto number = ParseDecimal(name);
    if (!number || *number > std::numeric_limits<int>::max()) continue;
    TRY_ASSIGN(auto segment, JournalSegment::Load(fs_, static_cast<int>(*number), last_sequence_));
    if (!segment) {
      TRY(fs_.Remove(JournalPath(static_cast<int>(*number))));
      continue;
    }
    auto use = std::make_shared<Use>();
    use->segment = *std::move(segment);
    uses.push_back(std::move(use));
  }
  std::sort(uses.begin(), uses.end(), [](const UsePointer& a, const UsePointer& b) {
    return a->segment->sequence() < b->segment->sequence();
  });
  return uses;
}

Result<void> Journal::Recover(Restore restore, Discard discard) {
  struct Place {
    const JournalSegment* segment;  // nullptr: the blob was removed
    int64_t offset;
    size_t length;
  };
  TRY_ASSIGN(const auto uses, LoadSegments());
  if (uses.empty()) return Ok();
  std::map<oci::Digest, Place> places;
  for (const UsePointer& use : uses) {
    TRY(use->segment->ForEachRecord(
        [&](const RecordHeader& header, int64_t offset, std::string_view) -> Result<void> {
          const bool removed = header.kind == RecordHeader::Kind::kRemoval;
          places.insert_or_assign(
              header.digest, Place{removed ? nullptr : use->segment.get(), offset, header.length});
          return Ok();
        }));
  }
  std::string bytes;
  for (const auto& [digest, place] : places) {
    if (place.segment == nullptr) {
      TRY(discard(digest));
      continue;
    }
    TRY(place.segment->ReadBytes(place.offset, place.length, bytes));
    TRY(restore(digest, bytes));
  }
  TRY(fs_.SyncAll());
  {
    MutexLock lock(mutex_);
    sealed_.assign(uses.begin(), uses.end());
    for (const UsePointer& use : uses) numbers_.insert(use->segment->number());
  }
  for (const UsePointer& use : uses) TRY(Retire(use));
  return Ok();
}

bool Journal::WaitForWork(Duration timeout) {
  MutexLock lock(mutex_);
  if (!interrupted_ && !work_pending_)
    work_.WaitFor(mutex_, std::chrono::microseconds(timeout.micros));
  return std::exchange(work_pending_, false);
}

void Journal::Interrupt() {
  MutexLock lock(mutex_);
  interrupted_ = true;
  work_.SignalOne();
}

}  // namespace gantry::blob
