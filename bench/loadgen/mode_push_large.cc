#include <algorithm>

#include "closed_loop.h"
#include "modes.h"
#include "pattern.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

// POST, then either one PUT with the whole blob, or a PATCH a chunk and an empty PUT.
class PushLargeScript final : public Script {
 public:
  explicit PushLargeScript(const Options& options)
      : options_(options), pattern_(options.seed, options.size_bytes), digest_(pattern_.Digest()) {}

  bool Next(size_t, Request* request) override {
    switch (step_) {
      case Step::kStart:
        request->head = BodyText("POST", "/v2/" + options_.repository + "/blobs/uploads/",
                                 options_.target, kOctetStream, 0);
        return true;
      case Step::kChunk:
        FillChunk(request);
        return true;
      case Step::kFinish:
        FillFinish(request);
        return true;
      case Step::kEnd:
        return false;
    }
    return false;
  }

  bool Done(size_t, Response& response, Clock::duration latency) override {
    latencies_.Add(latency);
    const bool finished = step_ == Step::kFinish;
    if (response.status != (finished ? 201 : 202)) return false;
    if (finished) {
      step_ = Step::kEnd;
      return response.content_digest.empty() || response.content_digest == digest_;
    }
    if (response.location.empty()) return false;
    location_ = response.location;
    if (step_ == Step::kChunk) sent_bytes_ += chunk_length_;
    const bool chunks_left = options_.chunk_bytes > 0 && sent_bytes_ < options_.size_bytes;
    step_ = chunks_left ? Step::kChunk : Step::kFinish;
    return true;
  }

  Latencies& latencies() { return latencies_; }
  const std::string& digest() const { return digest_; }

 private:
  enum class Step { kStart, kChunk, kFinish, kEnd };

  void FillChunk(Request* request) {
    chunk_length_ = std::min(options_.chunk_bytes, options_.size_bytes - sent_bytes_);
    const std::string range =
        std::to_string(sent_bytes_) + "-" + std::to_string(sent_bytes_ + chunk_length_ - 1);
    request->head = RequestStart("PATCH", UploadPath(location_), options_.target)
                        .append("Content-Type: ")
                        .append(kOctetStream)
                        .append("\r\nContent-Range: " + range) +
                    "\r\nContent-Length: " + std::to_string(chunk_length_) + "\r\n\r\n";
    request->pattern = &pattern_;
    request->pattern_offset = sent_bytes_;
    request->pattern_length = chunk_length_;
  }

  void FillFinish(Request* request) {
    const uint64_t length = options_.chunk_bytes > 0 ? 0 : options_.size_bytes;
    request->head =
        BodyText("PUT", UploadPath(location_, digest_), options_.target, kOctetStream, length);
    request->pattern = &pattern_;
    request->pattern_length = length;
  }

  const Options& options_;
  Pattern pattern_;
  std::string digest_;
  std::string location_;
  Step step_ = Step::kStart;
  uint64_t sent_bytes_ = 0;
  uint64_t chunk_length_ = 0;
  Latencies latencies_;
};

}  // namespace

bool RunPushLarge(const Options& options) {
  PushLargeScript script(options);
  const LoopResult result = RunClosedLoop(options.target, 1, script);
  const double seconds = result.seconds > 0 ? result.seconds : 1;
  JsonLine()
      .Text("mode", options.mode)
      .Text("label", options.label)
      .Text("digest", script.digest())
      .Count("size_bytes", options.size_bytes)
      .Count("chunk_bytes", options.chunk_bytes)
      .Count("seed", options.seed)
      .Number("gb_per_second", static_cast<double>(options.size_bytes) / seconds / 1e9)
      .Timings(script.latencies())
      .Loop(result)
      .Print();
  return result.errors == 0;
}

}  // namespace loadgen
