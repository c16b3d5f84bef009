#include "closed_loop.h"
#include "manifests.h"
#include "modes.h"
#include "report.h"

namespace loadgen {
namespace {

class ManifestsScript final : public Script {
 public:
  explicit ManifestsScript(const Options& options) : options_(options), manifests_(options) {}

  bool Next(size_t, Request* request) override {
    if (manifests_.made() == options_.count) return false;
    *request = manifests_.Next();
    return true;
  }

  bool Done(size_t, Response& response, Clock::duration latency) override {
    latencies_.Add(latency);
    return response.status == 201;
  }

  Latencies& latencies() { return latencies_; }

 private:
  const Options& options_;
  Manifests manifests_;
  Latencies latencies_;
};

}  // namespace

bool RunPutManifests(const Options& options) {
  if (options.count == 0 || !Manifests::PushShared(options)) return false;
  ManifestsScript script(options);
  const LoopResult result = RunClosedLoop(options.target, options.connections, script);
  const double seconds = result.seconds > 0 ? result.seconds : 1;
  JsonLine()
      .Text("mode", options.mode)
      .Text("label", options.label)
      .Count("connections", options.connections)
      .Count("size_bytes", options.size_bytes)
      .Number("per_second", static_cast<double>(script.latencies().count()) / seconds)
      .Timings(script.latencies())
      .Loop(result)
      .Print();
  return result.errors == 0 && script.latencies().count() == options.count;
}

}  // namespace loadgen
