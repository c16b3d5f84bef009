#include <vector>

#include "closed_loop.h"
#include "modes.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

// The same request over and over until the count or the time is used up.
class RepeatScript final : public Script {
 public:
  RepeatScript(const Options& options, const std::string& path)
      : count_max_(options.count),
        end_(options.seconds > 0
                 ? Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(options.seconds))
                 : Clock::time_point::max()) {
    const bool head = options.mode == "head";
    prototype_.head = GetText(head ? "HEAD" : "GET", path, options.target);
    prototype_.is_head = head;
    prototype_.discard_body = options.mode == "download";
  }

  bool Next(size_t, Request* request) override {
    if (count_max_ > 0 && started_ == count_max_) return false;
    if (end_ != Clock::time_point::max() && Clock::now() >= end_) return false;
    ++started_;
    *request = prototype_;
    return true;
  }

  bool Done(size_t, Response& response, Clock::duration latency) override {
    if (response.status != 200) return false;
    latencies_.Add(latency);
    body_bytes_ += response.body_bytes;
    return true;
  }

  Latencies& latencies() { return latencies_; }
  uint64_t body_bytes() const { return body_bytes_; }

 private:
  Request prototype_;
  uint64_t count_max_;
  Clock::time_point end_;
  uint64_t started_ = 0;
  uint64_t body_bytes_ = 0;
  Latencies latencies_;
};

bool Measure(const Options& options, const std::string& path) {
  RepeatScript script(options, path);
  const LoopResult result = RunClosedLoop(options.target, options.connections, script);
  const double seconds = result.seconds > 0 ? result.seconds : 1;
  JsonLine()
      .Text("mode", options.mode)
      .Text("label", options.label)
      .Text("path", path)
      .Count("connections", options.connections)
      .Number("per_second", static_cast<double>(script.latencies().count()) / seconds)
      .Number("gb_per_second", static_cast<double>(script.body_bytes()) / seconds / 1e9)
      .Count("body_bytes", script.body_bytes())
      .Timings(script.latencies())
      .Loop(result)
      .Print();
  return result.errors == 0 && script.latencies().count() > 0;
}

}  // namespace

bool RunGet(const Options& options) {
  if (options.paths.size() != 1 || (options.count == 0 && options.seconds == 0)) return false;
  return Measure(options, options.paths[0]);
}

bool RunPages(const Options& options) {
  if (options.paths.empty() || (options.count == 0 && options.seconds == 0)) return false;
  bool good = true;
  for (const std::string& path : options.paths) good = Measure(options, path) && good;
  return good;
}

}  // namespace loadgen
