#include "http/upload_pipe.h"

#include <algorithm>
#include <utility>

namespace gantry::http {

UploadPipe::~UploadPipe() {
  MutexLock lock(mutex_);
  budget_.Release(static_cast<int64_t>(allocated_));
}

size_t UploadPipe::NextCapacity(int64_t expected) const {
  const size_t grown = std::clamp(received_, kBlockBytesMin, kBlockBytesMax);
  if (expected < 0) return grown;
  return std::min(grown, std::max<size_t>(static_cast<size_t>(expected), 1));
}

std::span<char> UploadPipe::Space(int64_t expected) {
  if (current_.size < current_.capacity) {
    return {current_.bytes.get() + current_.size, current_.capacity - current_.size};
  }
  const size_t wanted = NextCapacity(expected);
  MutexLock lock(mutex_);
  if (aborted_ || finished_) return {};
  if (!free_.empty()) {
    current_ = std::move(free_.back());
    free_.pop_back();
    current_.size = 0;
  } else if (allocated_ + wanted <= kPipeBytesMax &&
             budget_.TryCharge(static_cast<int64_t>(wanted))) {
    current_.bytes.reset(new char[wanted]);
    current_.capacity = wanted;
    current_.size = 0;
    allocated_ += wanted;
  } else {
    if (allocated_ == 0) out_of_memory_ = true;
    waiting_ = true;
    return {};
  }
  return {current_.bytes.get(), current_.capacity};
}

bool UploadPipe::closed() const {
  MutexLock lock(mutex_);
  return aborted_ || finished_;
}

void UploadPipe::Commit(size_t n) {
  current_.size += n;
  received_ += n;
  if (current_.size < current_.capacity) return;
  MutexLock lock(mutex_);
  HandOver();
}

void UploadPipe::HandOver() {
  if (current_.size == 0) return;
  ready_bytes_ += current_.size;
  ready_.push_back(std::exchange(current_, {}));
}

void UploadPipe::End() {
  MutexLock lock(mutex_);
  HandOver();
  end_ = true;
}

// Without space the producer can only wait, so what is there must be enough.
bool UploadPipe::HasBatch() const {
  return end_ || ready_bytes_ >= kBatchBytes || (waiting_ && ready_bytes_ > 0);
}

bool UploadPipe::ClaimRun(bool open) {
  MutexLock lock(mutex_);
  if (running_ || finished_ || aborted_) return false;
  if (!open && !HasBatch()) return false;
  running_ = true;
  opened_ = true;
  return true;
}

bool UploadPipe::Abort() {
  MutexLock lock(mutex_);
  if (aborted_) return false;
  aborted_ = true;
  if (running_ || finished_ || !opened_) return false;
  running_ = true;
  return true;
}

UploadPipe::Batch UploadPipe::Take() {
  MutexLock lock(mutex_);
  Batch batch;
  batch.aborted = aborted_;
  if (aborted_) return batch;
  if (!HasBatch()) {
    running_ = false;
    return batch;
  }
  batch.blocks.swap(ready_);
  ready_bytes_ = 0;
  batch.end = end_;
  return batch;
}

size_t UploadPipe::TakeReturned() {
  MutexLock lock(mutex_);
  return std::exchange(returned_, 0);
}

bool UploadPipe::Return(Block block) {
  MutexLock lock(mutex_);
  returned_ += block.size;
  if (block.capacity >= kBlockBytesMax || waiting_) {
    free_.push_back(std::move(block));
  } else {
    // Too small for what follows.
    allocated_ -= block.capacity;
    budget_.Release(static_cast<int64_t>(block.capacity));
  }
  return std::exchange(waiting_, false) || tell_returns_;
}

bool UploadPipe::IsAborted() {
  MutexLock lock(mutex_);
  return aborted_;
}

void UploadPipe::Finish() {
  MutexLock lock(mutex_);
  finished_ = true;
  running_ = false;
}

}  // namespace gantry::http
