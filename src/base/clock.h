#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace gantry {

// A point of wall-clock time in microseconds since 1970-01-01 UTC, as stored in the database.
struct Time {
  int64_t micros = 0;
  auto operator<=>(const Time&) const = default;
};

// A span in microseconds.
struct Duration {
  int64_t micros = 0;
  auto operator<=>(const Duration&) const = default;
};

constexpr Duration Micros(int64_t n) { return {n}; }
constexpr Duration Millis(int64_t n) { return {n * 1000}; }
constexpr Duration Seconds(int64_t n) { return {n * 1000000}; }
constexpr Duration Hours(int64_t n) { return Seconds(n * 3600); }
constexpr Time operator+(Time t, Duration d) { return {t.micros + d.micros}; }
constexpr Time operator-(Time t, Duration d) { return {t.micros - d.micros}; }
constexpr Duration operator-(Time a, Time b) { return {a.micros - b.micros}; }

// "2026-11-24T09:15:00.123456Z" (RFC 3339, UTC).
std::string FormatTime(Time time);

// Where the time comes from; tests pass a FakeClock. Threads: all methods from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time; may jump.
  virtual Time Now() const = 0;
  // Never goes back; for durations and deadlines only.
  virtual Time Monotonic() const = 0;
  // Lets at least that much time pass before it returns.
  virtual void Sleep(Duration duration) const = 0;
};

class SystemClock final : public Clock {
 public:
  Time Now() const override;
  Time Monotonic() const override;
  void Sleep(Duration duration) const override;
};

// A clock that stands still until it is told otherwise, or somebody sleeps by it. Threads: one.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(Time start = {1'700'000'000'000'000}) : now_(start) {}
  Time Now() const override { return now_; }
  Time Monotonic() const override { return now_; }
  void Sleep(Duration duration) const override { now_ = now_ + duration; }
  void Advance(Duration by) { now_ = now_ + by; }

 private:
  mutable Time now_;
};

}  // namespace gantry
