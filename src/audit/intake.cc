#include "audit/intake.h"

#include <algorithm>
#include <functional>
#include <thread>

#include "audit/bytes.h"

namespace gantry::audit {
namespace {

// i64 time, u16 status, u16 outcome, u16 size of each text, the texts
constexpr size_t kTextsAt = 8 + 2 + 2 + 2 * kFieldCount;
constexpr std::string_view kCut = "...";

size_t BytesMax(size_t field) {
  return field == static_cast<size_t>(Field::kDetail) ? kDetailBytesMax : kFieldBytesMax;
}

void AppendRaw(const RecordView& record, std::string& out) {
  const auto texts = TextsOf(record);
  char head[kTextsAt];
  std::memcpy(head, &record.time.micros, 8);
  std::memcpy(head + 8, &record.status, 2);
  const auto outcome = static_cast<uint16_t>(record.outcome);
  std::memcpy(head + 10, &outcome, 2);
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto size = static_cast<uint16_t>(std::min(texts[i]->size(), BytesMax(i)));
    std::memcpy(head + 12 + 2 * i, &size, 2);
  }
  out.append(head, sizeof head);
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (texts[i]->size() <= BytesMax(i)) {
      out.append(*texts[i]);
    } else {
      out.append(texts[i]->substr(0, BytesMax(i) - kCut.size())).append(kCut);
    }
  }
}

// Takes a record off the front of `bytes`.
RecordView TakeRaw(std::string_view& bytes) {
  RecordView record;
  record.time = {GetFixed<int64_t>(bytes, 0)};
  record.status = GetFixed<uint16_t>(bytes, 8);
  record.outcome = static_cast<Outcome>(GetFixed<uint16_t>(bytes, 10));
  const auto texts = TextsOf(record);
  size_t at = kTextsAt;
  for (size_t i = 0; i < kFieldCount; ++i) {
    const auto size = GetFixed<uint16_t>(bytes, 12 + 2 * i);
    *texts[i] = bytes.substr(at, size);
    at += size;
  }
  bytes.remove_prefix(at);
  return record;
}

}  // namespace

bool Intake::Batch::empty() const {
  return std::all_of(bytes.begin(), bytes.end(), [](const auto& b) { return b.empty(); });
}

void Intake::Batch::ForEach(FunctionRef<void(const RecordView&)> visit) const {
  for (std::string_view left : bytes) {
    while (!left.empty()) visit(TakeRaw(left));
  }
}

Intake::Place Intake::Append(const RecordView& record) {
  const size_t first = std::hash<std::thread::id>()(std::this_thread::get_id());
  size_t full = 0;
  for (size_t i = 0; full < kShards; ++i) {
    const size_t number = (first + i) % kShards;
    Shard& shard = shards_[number];
    if (shard.held.test_and_set(std::memory_order_acquire)) {
      // All are held at once only if a holder was preempted: let it run.
      if (i % kShards == kShards - 1) std::this_thread::yield();
      full = 0;
      continue;
    }
    Place place;
    if (shard.bytes.size() < shard_bytes_) {
      AppendRaw(record, shard.bytes);
      place = {number, ++shard.position, shard.bytes.size()};
    }
    shard.held.clear(std::memory_order_release);
    if (place.shard != kShards) return place;
    ++full;
  }
  return {};
}

void Intake::Take(Batch& batch) {
  for (size_t i = 0; i < kShards; ++i) {
    Shard& shard = shards_[i];
    batch.bytes[i].clear();
    while (shard.held.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
    batch.bytes[i].swap(shard.bytes);
    batch.positions[i] = shard.position;
    shard.held.clear(std::memory_order_release);
  }
}

}  // namespace gantry::audit
