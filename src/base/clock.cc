#include "base/clock.h"

#include <chrono>
#include <cstdio>
#include <ctime>
#include <thread>

namespace gantry {
namespace {

Time Read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return {static_cast<int64_t>(ts.tv_sec) * 1'000'000 + ts.tv_nsec / 1000};
}

}  // namespace

std::string FormatTime(Time time) {
  int64_t seconds = time.micros / 1'000'000;
  int64_t micros = time.micros % 1'000'000;
  if (micros < 0) {
    micros += 1'000'000;
    --seconds;
  }
  const std::time_t whole = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&whole, &parts);
  char date[32];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &parts);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%06dZ", date, static_cast<int>(micros));
  return text;
}

Time SystemClock::Now() const { return Read(CLOCK_REALTIME); }
Time SystemClock::Monotonic() const { return Read(CLOCK_MONOTONIC); }

void SystemClock::Sleep(Duration duration) const {
  std::this_thread::sleep_for(std::chrono::microseconds(duration.micros));
}

}  // namespace gantry
