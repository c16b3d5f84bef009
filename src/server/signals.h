#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"

namespace gantry::server {

// The signals that steer a server: SIGTERM and SIGINT (end), SIGHUP (reload). From construction on
// they are blocked in this thread and in those it starts, and arrive here. SIGPIPE is ignored.
// Made first in main, before any other thread. Threads: Wait from one; Wake from any.
class Signals {
 public:
  static Result<Signals> Catch();
  ~Signals();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;

  enum class Event { kEnd, kReload, kWoken, kTimeout };
  // Blocks until a signal arrives, another thread called Wake, or `timeout` has passed.
  Event Wait(std::optional<Duration> timeout = std::nullopt);
  void Wake();

 private:
  Signals(int signal_fd, int wake_fd) : signal_fd_(signal_fd), wake_fd_(wake_fd) {}

  int signal_fd_;
  int wake_fd_;
};

}  // namespace gantry::server
