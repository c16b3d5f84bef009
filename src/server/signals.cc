#include "server/signals.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace gantry::server {

Result<Signals> Signals::Catch() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  const int masked = pthread_sigmask(SIG_BLOCK, &set, nullptr);
  if (masked != 0) return FromErrno(masked, "pthread_sigmask");
  Signals signals(signalfd(-1, &set, SFD_CLOEXEC), eventfd(0, EFD_CLOEXEC));
  if (signals.signal_fd_ < 0 || signals.wake_fd_ < 0) return FromErrno(errno, "signalfd");
  return signals;
}

Signals::~Signals() {
  if (signal_fd_ >= 0) close(signal_fd_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

Signals::Signals(Signals&& other) noexcept
    : signal_fd_(std::exchange(other.signal_fd_, -1)),
      wake_fd_(std::exchange(other.wake_fd_, -1)) {}

Signals::Event Signals::Wait(std::optional<Duration> timeout) {
  pollfd fds[] = {{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}};
  const int timeout_ms = timeout ? static_cast<int>(timeout->micros / 1000) : -1;
  while (true) {
    if (poll(fds, 2, timeout_ms) == 0) return Event::kTimeout;
    signalfd_siginfo info{};
    if ((fds[0].revents & POLLIN) != 0 && read(signal_fd_, &info, sizeof info) == sizeof info)
      return info.ssi_signo == SIGHUP ? Event::kReload : Event::kEnd;
    uint64_t count = 0;
    if ((fds[1].revents & POLLIN) != 0 && read(wake_fd_, &count, sizeof count) == sizeof count)
      return Event::kWoken;
  }
}

void Signals::Wake() {
  const uint64_t one = 1;
  // Cannot fail: the counter is far from its end.
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof one);
}

}  // namespace gantry::server
