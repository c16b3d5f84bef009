#include "closed_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <utility>
#include <vector>

#include "cpu_time.h"

namespace loadgen {
namespace {

class ClosedLoop {
 public:
  ClosedLoop(const Address& address, size_t connections, Script& script)
      : address_(address), script_(script), slots_(connections), epoll_(::epoll_create1(0)) {}
  ~ClosedLoop() { ::close(epoll_); }
  ClosedLoop(const ClosedLoop&) = delete;
  ClosedLoop& operator=(const ClosedLoop&) = delete;

  LoopResult Run() {
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (!Open(i)) return std::move(result_);
    }
    const Clock::time_point begin = Clock::now();
    const double cpu_begin = ProcessCpuSeconds();
    for (size_t i = 0; i < slots_.size(); ++i) Advance(i);
    std::array<epoll_event, 256> events;
    while (active_ > 0) {
      const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < n; ++i) {
        const size_t slot = events[static_cast<size_t>(i)].data.u64;
        Handle(slot, slots_[slot].connection.Continue());
      }
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    result_.client_cpu_seconds = ProcessCpuSeconds() - cpu_begin;
    return std::move(result_);
  }

 private:
  struct Slot {
    Connection connection;
    Clock::time_point started;
    uint32_t watched = 0;
  };

  bool Open(size_t index) {
    Slot& slot = slots_[index];
    if (!slot.connection.Open(address_)) {
      Fail(slot.connection.error());
      return false;
    }
    epoll_event event{};
    event.events = slot.watched = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, slot.connection.fd(), &event);
    return true;
  }

  void Advance(size_t index) {
    Request request;
    if (!script_.Next(index, &request)) {
      slots_[index].connection.Close();
      return;
    }
    ++active_;
    slots_[index].started = Clock::now();
    Send(index, std::move(request));
  }

  void Send(size_t index, Request request) {
    if (slots_[index].connection.fd() < 0 && !Open(index)) {
      --active_;
      return;
    }
    Handle(index, slots_[index].connection.Start(std::move(request)));
  }

  void Handle(size_t index, Connection::Progress progress) {
    Slot& slot = slots_[index];
    switch (progress) {
      case Connection::Progress::kWantRead:
        return Watch(index, EPOLLIN);
      case Connection::Progress::kWantWrite:
        return Watch(index, EPOLLIN | EPOLLOUT);
      case Connection::Progress::kBroken:
        if (slot.connection.closed_while_idle()) {
          ++result_.reconnects;
          return Send(index, std::move(slot.connection.request()));
        }
        --active_;
        return Fail(slot.connection.error());
      case Connection::Progress::kComplete:
        return Complete(index);
    }
  }

  void Complete(size_t index) {
    Slot& slot = slots_[index];
    --active_;
    Response& response = slot.connection.response();
    const bool reusable = !response.closes_connection && !slot.connection.half_sent();
    const int status = response.status;
    if (!script_.Done(index, response, Clock::now() - slot.started)) {
      Fail("unexpected answer, status " + std::to_string(status));
      slot.connection.Close();
      return;
    }
    if (!reusable) {
      slot.connection.Close();
      ++result_.reconnects;
    }
    Advance(index);
  }

  void Watch(size_t index, uint32_t events) {
    Slot& slot = slots_[index];
    if (slot.watched == events) return;
    epoll_event event{};
    event.events = slot.watched = events;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, slot.connection.fd(), &event);
  }

  void Fail(const std::string& reason) {
    if (result_.errors++ == 0) result_.first_error = reason;
  }

  const Address& address_;
  Script& script_;
  std::vector<Slot> slots_;
  int epoll_;
  size_t active_ = 0;
  LoopResult result_;
};

}  // namespace

LoopResult RunClosedLoop(const Address& address, size_t connections, Script& script) {
  return ClosedLoop(address, connections, script).Run();
}

}  // namespace loadgen
