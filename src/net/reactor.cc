#include "net/reactor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace gantry::net {

Result<std::unique_ptr<Reactor>> Reactor::Create(const Clock& clock, Duration tick) {
  FileDescriptor epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return FromErrno(errno, "epoll_create1");
  FileDescriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return FromErrno(errno, "eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, wake.get(), &event) != 0) {
    return FromErrno(errno, "epoll_ctl");
  }
  return std::unique_ptr<Reactor>(new Reactor(clock, tick, std::move(epoll), std::move(wake)));
}

Reactor::Reactor(const Clock& clock, Duration tick, FileDescriptor epoll, FileDescriptor wake)
    : clock_(clock),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      now_(clock.Monotonic()),
      wall_(clock.Now()),
      timers_(now_, tick) {}

Reactor::~Reactor() = default;

void Reactor::ReadClock() {
  now_ = clock_.Monotonic();
  wall_ = clock_.Now();
}

int Reactor::WaitMillis() {
  if (!again_.empty()) return 0;
  const Duration wait = timers_.UntilNext(now_);
  if (wait.micros < 0) return -1;
  return static_cast<int>(std::min<int64_t>(wait.micros / 1000 + 1, 60'000));
}

void Reactor::Run() {
  std::array<epoll_event, 256> events;
  ReadClock();
  while (!stop_.load(std::memory_order_acquire)) {
    const int n =
        epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), WaitMillis());
    ReadClock();
    bool woken = false;
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events[static_cast<size_t>(i)];
      if (event.data.ptr == nullptr) {
        woken = true;
      } else {
        static_cast<EventHandler*>(event.data.ptr)->OnEvents(event.events);
      }
    }
    if (woken) RunTasks();
    RunAgain();
    timers_.Advance(now_);
    Bury();
  }
  RunTasks();
  Bury();
}

void Reactor::Bury() {
  while (!retired_.empty()) {
    const auto retired = std::exchange(retired_, {});
  }
}

void Reactor::RunTasks() {
  {
    MutexLock lock(mutex_);
    tasks_now_.swap(tasks_);
  }
  for (const auto& task : tasks_now_) task();
  tasks_now_.clear();
}

void Reactor::RunAgain() {
  again_now_.swap(again_);
  for (EventHandler* handler : again_now_) handler->OnEvents(0);
  again_now_.clear();
}

void Reactor::Stop() {
  stop_.store(true, std::memory_order_release);
  const uint64_t one = 1;
  // The counter cannot overflow in practice, and then the reactor is awake anyway.
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

void Reactor::Post(std::function<void()> task) {
  bool first = false;
  {
    MutexLock lock(mutex_);
    first = tasks_.empty();
    tasks_.push_back(std::move(task));
  }
  if (!first) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
}

Result<void> Reactor::Add(int fd, uint32_t events, EventHandler& handler) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &handler;
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) return FromErrno(errno, "epoll_ctl");
  return Ok();
}

void Reactor::Remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Reactor::Again(EventHandler& handler) { again_.push_back(&handler); }

void Reactor::Retire(std::unique_ptr<EventHandler> handler) {
  std::replace(again_.begin(), again_.end(), handler.get(), static_cast<EventHandler*>(nullptr));
  again_.erase(std::remove(again_.begin(), again_.end(), nullptr), again_.end());
  retired_.push_back(std::move(handler));
}

}  // namespace gantry::net
