#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace gantry::net {

class TimerWheel;

// A deadline that may be moved often and rarely passes. Threads: the reactor's.
class Timer {
 public:
  // Called once when the deadline has passed; the timer is not armed any more.
  class Target {
   public:
    virtual void OnTimer() = 0;

   protected:
    ~Target() = default;
  };

  explicit Timer(Target& target) : target_(target) {}
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  friend class TimerWheel;
  Target& target_;
  TimerWheel* wheel_ = nullptr;  // nullptr: not armed
  Timer* next_ = nullptr;
  Timer** slot_ = nullptr;  // the pointer that points here
  Time deadline_;
  int64_t tick_ = 0;  // when the wheel looks at this timer
};

// A hashed timing wheel with lazy moves: a later deadline is one store, the timer stays in its slot
// and is put further when the slot comes. Timers fire up to one tick late, never early.
// Threads: the reactor's.
class TimerWheel {
 public:
  TimerWheel(Time now, Duration tick);

  void Set(Timer& timer, Time deadline);
  void Cancel(Timer& timer);
  // Fires what is due. Targets may set and cancel timers, their own included.
  void Advance(Time now);
  // How long the owner may sleep; negative: for ever.
  Duration UntilNext(Time now);

 private:
  static constexpr int64_t kSlots = 512;
  void Link(Timer& timer, int64_t tick);
  static void Unlink(Timer& timer);
  int64_t TickAfter(Time deadline) const;

  const int64_t tick_micros_;
  int64_t current_;           // the last tick that was handled
  int64_t next_ = INT64_MAX;  // no armed timer is looked at before this tick
  std::vector<Timer*> slots_{static_cast<size_t>(kSlots), nullptr};
};

}  // namespace gantry::net
