#include "net/timer_wheel.h"

#include <algorithm>

namespace gantry::net {

Timer::~Timer() {
  if (wheel_ != nullptr) wheel_->Cancel(*this);
}

TimerWheel::TimerWheel(Time now, Duration tick)
    : tick_micros_(tick.micros), current_(now.micros / tick.micros) {}

int64_t TimerWheel::TickAfter(Time deadline) const {
  return std::max(deadline.micros / tick_micros_ + 1, current_ + 1);
}

void TimerWheel::Set(Timer& timer, Time deadline) {
  timer.deadline_ = deadline;
  const int64_t tick = TickAfter(deadline);
  if (timer.wheel_ != nullptr) {
    if (timer.tick_ <= tick) return;
    Unlink(timer);
  }
  Link(timer, tick);
}

void TimerWheel::Cancel(Timer& timer) {
  if (timer.wheel_ != nullptr) Unlink(timer);
}

void TimerWheel::Link(Timer& timer, int64_t tick) {
  timer.tick_ = std::min(tick, current_ + kSlots - 1);
  Timer** slot = &slots_[static_cast<size_t>(timer.tick_ % kSlots)];
  timer.wheel_ = this;
  timer.next_ = *slot;
  if (timer.next_ != nullptr) timer.next_->slot_ = &timer.next_;
  timer.slot_ = slot;
  *slot = &timer;
  next_ = std::min(next_, timer.tick_);
}

void TimerWheel::Unlink(Timer& timer) {
  *timer.slot_ = timer.next_;
  if (timer.next_ != nullptr) timer.next_->slot_ = timer.slot_;
  timer.wheel_ = nullptr;
  timer.next_ = nullptr;
  timer.slot_ = nullptr;
}

void TimerWheel::Advance(Time now) {
  const int64_t target = now.micros / tick_micros_;
  if (target < next_) {
    current_ = std::max(current_, target);
    return;
  }
  // After a long sleep one turn of the wheel sees every timer.
  current_ = std::max({current_, next_ - 1, target - kSlots});
  while (current_ < target) {
    current_ += 1;
    Timer*& slot = slots_[static_cast<size_t>(current_ % kSlots)];
    while (slot != nullptr) {
      Timer& timer = *slot;
      Unlink(timer);
      if (timer.deadline_ < now) {
        timer.target_.OnTimer();
      } else {
        Link(timer, TickAfter(timer.deadline_));
      }
    }
  }
  next_ = INT64_MAX;
  for (int64_t tick = current_ + 1; tick < current_ + kSlots; ++tick) {
    if (slots_[static_cast<size_t>(tick % kSlots)] == nullptr) continue;
    next_ = tick;
    break;
  }
}

Duration TimerWheel::UntilNext(Time now) {
  if (next_ == INT64_MAX) return {-1};
  return {std::max<int64_t>(0, next_ * tick_micros_ - now.micros)};
}

}  // namespace gantry::net
