#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <memory>
#include <vector>

#include "closed_loop.h"
#include "cpu_time.h"
#include "modes.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

// Sends requests at fixed times whatever the server does, and counts each latency from the time
// the request was due: a server that stalls is charged for all requests it held up. Polls without
// sleeping, since the client has a CPU of its own.
class PacedRun {
 public:
  explicit PacedRun(const Options& options)
      : options_(options), connections_(options.connections), epoll_(::epoll_create1(0)) {
    prototype_.head = GetText("GET", options.paths[0], options.target);
  }
  ~PacedRun() { ::close(epoll_); }
  PacedRun(const PacedRun&) = delete;
  PacedRun& operator=(const PacedRun&) = delete;

  bool Run() {
    for (size_t i = 0; i < connections_.size(); ++i) {
      if (!Open(i)) return false;
      idle_.push_back(i);
    }
    const auto interval = std::chrono::nanoseconds(static_cast<int64_t>(1e9 / options_.pace));
    const auto total = static_cast<uint64_t>(options_.seconds * options_.pace);
    begin_ = Clock::now();
    uint64_t scheduled = 0;
    while (errors_ == 0 && latencies_.count() < total) {
      const Clock::time_point now = Clock::now();
      while (scheduled < total && begin_ + interval * scheduled <= now) {
        due_.push_back(begin_ + interval * scheduled++);
      }
      while (errors_ == 0 && !due_.empty() && !idle_.empty()) StartNext();
      Poll();
    }
    return errors_ == 0;
  }

  Latencies& latencies() { return latencies_; }
  uint64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  struct Slot {
    Connection connection;
    Clock::time_point due;
  };

  bool Open(size_t index) {
    if (!connections_[index].connection.Open(options_.target)) {
      Fail(connections_[index].connection.error());
      return false;
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[index].connection.fd(), &event);
    return true;
  }

  void StartNext() {
    const size_t index = idle_.back();
    idle_.pop_back();
    Slot& slot = connections_[index];
    slot.due = due_.front();
    due_.pop_front();
    if (slot.connection.Start(prototype_) != Connection::Progress::kWantRead) {
      Fail("cannot send: " + slot.connection.error());
    }
  }

  void Poll() {
    std::array<epoll_event, 64> events;
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < n; ++i) {
      const size_t index = events[static_cast<size_t>(i)].data.u64;
      Slot& slot = connections_[index];
      const Connection::Progress progress = slot.connection.Continue();
      if (progress == Connection::Progress::kWantRead) continue;
      if (progress != Connection::Progress::kComplete) return Fail(slot.connection.error());
      const Response& response = slot.connection.response();
      if (response.status != 200 || response.closes_connection) {
        return Fail("unexpected answer, status " + std::to_string(response.status));
      }
      latencies_.Add(Clock::now() - slot.due);
      idle_.push_back(index);
    }
  }

  void Fail(const std::string& reason) {
    if (errors_++ == 0) first_error_ = reason;
  }

  const Options& options_;
  std::vector<Slot> connections_;
  int epoll_;
  Request prototype_;
  std::vector<size_t> idle_;
  std::deque<Clock::time_point> due_;  // requests that found no idle connection yet
  Clock::time_point begin_;
  Latencies latencies_;
  uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace

bool RunPaced(const Options& options) {
  if (options.paths.size() != 1 || options.seconds == 0) return false;
  PacedRun run(options);
  const double cpu_begin = ProcessCpuSeconds();
  const bool good = run.Run();
  JsonLine line;
  line.Text("mode", options.mode)
      .Text("label", options.label)
      .Text("path", options.paths[0])
      .Count("connections", options.connections)
      .Number("pace", options.pace)
      .Number("seconds", run.Seconds())
      .Number("client_cpu_s", ProcessCpuSeconds() - cpu_begin)
      .Timings(run.latencies())
      .Count("errors", run.errors());
  if (!good) line.Text("first_error", run.first_error());
  line.Print();
  return good;
}

}  // namespace loadgen
