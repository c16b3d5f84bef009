#include "http/source_pump.h"

#include <utility>

namespace gantry::http {

SourcePump::SourcePump(std::unique_ptr<ByteSource> source, net::WorkerPool& workers,
                       MemoryBudget& budget, std::function<void()> ready)
    : workers_(workers),
      budget_(budget),
      ready_callback_(std::move(ready)),
      source_(std::move(source)) {
  // A response in flight goes on; its pipe counts against those that come.
  budget_.Charge(kPipeBytesMax);
}

SourcePump::~SourcePump() { budget_.Release(kPipeBytesMax); }

SourcePump::State SourcePump::Take(std::string& out) {
  MutexLock lock(mutex_);
  if (!ready_.empty()) {
    out = std::move(ready_.front());
    ready_.erase(ready_.begin());
    ready_bytes_ -= out.size();
    if (!running_ && !end_ && ready_bytes_ < kPipeBytesMax / 2) Schedule();
    return State::kData;
  }
  if (broken_) return State::kBroken;
  if (end_) return State::kEnd;
  waiting_ = true;
  if (!running_) Schedule();
  return State::kWait;
}

void SourcePump::Abort() {
  MutexLock lock(mutex_);
  aborted_ = true;
  if (!running_ && !end_) Schedule();
}

void SourcePump::Schedule() {
  running_ = true;
  workers_.Submit([self = shared_from_this()] { self->Run(); });
}

void SourcePump::Run() {
  while (ReadOne()) {
  }
}

SourcePump::Next SourcePump::Decide() {
  MutexLock lock(mutex_);
  if (aborted_) return Next::kDrop;
  if (ready_bytes_ < kPipeBytesMax) return Next::kRead;
  running_ = false;
  return Next::kPause;
}

void SourcePump::Drop() {
  source_.reset();
  MutexLock lock(mutex_);
  end_ = true;
  running_ = false;
}

bool SourcePump::ReadOne() {
  const Next next = Decide();
  if (next == Next::kDrop) Drop();
  if (next != Next::kRead) return false;
  std::string piece;
  const Result<void> read = source_->Read(kReadBytes, piece);
  const bool over = !read.ok() || piece.empty();
  if (over) source_.reset();
  bool tell = false;
  {
    MutexLock lock(mutex_);
    if (!read.ok()) {
      broken_ = true;
    } else if (!piece.empty()) {
      ready_bytes_ += piece.size();
      ready_.push_back(std::move(piece));
    }
    if (over) {
      end_ = true;
      running_ = false;
    }
    tell = std::exchange(waiting_, false);
  }
  if (tell) ready_callback_();
  return !over;
}

}  // namespace gantry::http
