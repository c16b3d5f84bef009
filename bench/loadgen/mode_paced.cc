#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "closed_loop.h"
#include "cpu_time.h"
#include "manifests.h"
#include "modes.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

constexpr size_t kPushConnections = 4;

// Requests of one kind: sent at fixed times whatever the server does.
struct Lane {
  double per_second = 0;
  int expected_status = 0;
  std::function<Request()> make;
  std::vector<size_t> idle;           // slots without a request in flight
  std::deque<Clock::time_point> due;  // requests that found no idle slot yet
  uint64_t scheduled = 0;
  Latencies latencies;

  Clock::time_point DueAt(Clock::time_point begin, uint64_t number) const {
    const auto interval = std::chrono::nanoseconds(static_cast<int64_t>(1e9 / per_second));
    return begin + interval * number;
  }
};

// Counts each latency from the time the request was due: a server that stalls is charged for all
// requests it held up. Polls without sleeping, since the client has a CPU of its own.
class PacedRun {
 public:
  PacedRun(const Options& options, Manifests& manifests)
      : options_(options),
        connections_(options.connections + (options.push_pace > 0 ? kPushConnections : 0)),
        epoll_(::epoll_create1(0)) {
    gets_.per_second = options.pace;
    gets_.expected_status = 200;
    gets_.make = [this] {
      Request request;
      request.head = GetText("GET", options_.paths[0], options_.target);
      return request;
    };
    pushes_.per_second = options.push_pace;
    pushes_.expected_status = 201;
    pushes_.make = [&manifests] { return manifests.Next(); };
  }
  ~PacedRun() { ::close(epoll_); }
  PacedRun(const PacedRun&) = delete;
  PacedRun& operator=(const PacedRun&) = delete;

  bool Run() {
    for (size_t i = 0; i < connections_.size(); ++i) {
      if (!Open(i)) return false;
      LaneOf(i).idle.push_back(i);
    }
    const auto total = static_cast<uint64_t>(options_.seconds * options_.pace);
    begin_ = Clock::now();
    while (errors_ == 0 && gets_.latencies.count() < total) {
      const Clock::time_point now = Clock::now();
      if (gets_.scheduled < total) Schedule(gets_, now);
      if (pushes_.per_second > 0) Schedule(pushes_, now);
      Poll();
    }
    return errors_ == 0;
  }

  Latencies& reads() { return gets_.latencies; }
  Latencies& pushes() { return pushes_.latencies; }
  uint64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }
  double Seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  struct Slot {
    Connection connection;
    Clock::time_point due;
  };

  Lane& LaneOf(size_t slot) { return slot < options_.connections ? gets_ : pushes_; }

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

  void Schedule(Lane& lane, Clock::time_point now) {
    while (lane.DueAt(begin_, lane.scheduled) <= now)
      lane.due.push_back(lane.DueAt(begin_, lane.scheduled++));
    while (errors_ == 0 && !lane.due.empty() && !lane.idle.empty()) StartNext(lane);
  }

  void StartNext(Lane& lane) {
    const size_t index = lane.idle.back();
    lane.idle.pop_back();
    Slot& slot = connections_[index];
    slot.due = lane.due.front();
    lane.due.pop_front();
    if (slot.connection.Start(lane.make()) != Connection::Progress::kWantRead) {
      Fail("cannot send: " + slot.connection.error());
    }
  }

  void Poll() {
    std::array<epoll_event, 64> events;
    const int n = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
    for (int i = 0; i < n; ++i) {
      const size_t index = events[static_cast<size_t>(i)].data.u64;
      Slot& slot = connections_[index];
      Lane& lane = LaneOf(index);
      const Connection::Progress progress = slot.connection.Continue();
      if (progress == Connection::Progress::kWantRead) continue;
      if (progress != Connection::Progress::kComplete) return Fail(slot.connection.error());
      const Response& response = slot.connection.response();
      if (response.status != lane.expected_status || response.closes_connection) {
        return Fail("unexpected answer, status " + std::to_string(response.status));
      }
      lane.latencies.Add(Clock::now() - slot.due);
      lane.idle.push_back(index);
    }
  }

  void Fail(const std::string& reason) {
    if (errors_++ == 0) first_error_ = reason;
  }

  const Options& options_;
  std::vector<Slot> connections_;  // those of the GETs, then those of the pushes
  int epoll_;
  Lane gets_;
  Lane pushes_;
  Clock::time_point begin_;
  uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace

bool RunPaced(const Options& options) {
  if (options.paths.size() != 1 || options.seconds == 0) return false;
  if (options.push_pace > 0 && !Manifests::PushShared(options)) return false;
  Manifests manifests(options);
  PacedRun run(options, manifests);
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
      .Timings(run.reads())
      .Count("pushed", run.pushes().count())
      .Count("errors", run.errors());
  if (!good) line.Text("first_error", run.first_error());
  line.Print();
  return good;
}

}  // namespace loadgen
