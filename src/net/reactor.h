#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "net/file_descriptor.h"
#include "net/timer_wheel.h"

namespace gantry::net {

// Gets the events of one descriptor. An event that was fetched before the descriptor was removed
// may still arrive: handlers are destroyed through Reactor::Retire and ignore it.
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  // `events`: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR.
  virtual void OnEvents(uint32_t events) = 0;
};

// One thread's event loop over epoll.
// Threads: Post and Stop from any thread; the rest from the thread in Run (or before Run).
class Reactor {
 public:
  // `tick`: how late a timer may fire.
  static Result<std::unique_ptr<Reactor>> Create(const Clock& clock, Duration tick);
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  // Serves events until Stop.
  void Run();
  void Stop();

  // Runs `task` on the reactor's thread, soon. Tasks posted before Stop run; later ones may not.
  void Post(std::function<void()> task);

  // `events` as epoll_ctl(2) takes them. The descriptor and the handler are borrowed until Remove.
  Result<void> Add(int fd, uint32_t events, EventHandler& handler);
  void Remove(int fd);

  // Calls handler.OnEvents(0) in the next round, after other descriptors had their turn.
  void Again(EventHandler& handler);

  // Destroys the handler when no event of this round can reach it any more.
  void Retire(std::unique_ptr<EventHandler> handler);

  // Monotonic and wall-clock time at the start of this round.
  Time now() const { return now_; }
  Time wall() const { return wall_; }
  TimerWheel& timers() { return timers_; }

 private:
  Reactor(const Clock& clock, Duration tick, FileDescriptor epoll, FileDescriptor wake);
  void ReadClock();
  void RunTasks();
  void RunAgain();
  void Bury();
  int WaitMillis();

  const Clock& clock_;
  const FileDescriptor epoll_;
  const FileDescriptor wake_;
  std::atomic<bool> stop_{false};
  Time now_;
  Time wall_;
  TimerWheel timers_;
  std::vector<EventHandler*> again_;
  std::vector<EventHandler*> again_now_;
  std::vector<std::unique_ptr<EventHandler>> retired_;

  Mutex mutex_;
  std::vector<std::function<void()>> tasks_ GUARDED_BY(mutex_);
  std::vector<std::function<void()>> tasks_now_;
};

}  // namespace gantry::net
