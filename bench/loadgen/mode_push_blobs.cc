#include <cstring>
#include <vector>

#include "closed_loop.h"
#include "digest.h"
#include "modes.h"
#include "pattern.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

// Small unique blobs, cut from one random text with a counter stamped in. All digests are
// computed before the clock starts.
class PushBlobsScript final : public Script {
 public:
  explicit PushBlobsScript(const Options& options)
      : options_(options), text_(MakeText(options)), slots_(options.connections) {
    digests_.reserve(options.count);
    Sha256 hash;
    for (uint64_t i = 0; i < options.count; ++i) {
      Stamp(i);
      hash.Update(text_.data(), text_.size());
      digests_.push_back(hash.FinishDigest());
    }
    begin_ = Clock::now();
  }

  bool Next(size_t index, Request* request) override {
    Slot& slot = slots_[index];
    if (slot.location.empty()) {
      if (next_blob_ == digests_.size() || TimeIsUp()) return false;
      slot.blob = next_blob_++;
      slot.started = Clock::now();
    }
    const std::string uploads = "/v2/" + options_.repository + "/blobs/uploads/";
    if (options_.form == "single") {
      FillWithBlob(request, "POST", uploads + "?digest=" + digests_[slot.blob], slot.blob);
    } else if (slot.location.empty()) {
      request->head = BodyText("POST", uploads, options_.target, kOctetStream, 0);
    } else {
      FillWithBlob(request, "PUT", UploadPath(slot.location, digests_[slot.blob]), slot.blob);
    }
    return true;
  }

  bool Done(size_t index, Response& response, Clock::duration) override {
    Slot& slot = slots_[index];
    const bool starts_upload = options_.form == "two" && slot.location.empty();
    if (starts_upload) {
      slot.location = response.location;
      return response.status == 202 && !slot.location.empty();
    }
    slot.location.clear();
    latencies_.Add(Clock::now() - slot.started);
    return response.status == 201;
  }

  Latencies& latencies() { return latencies_; }

 private:
  struct Slot {
    uint64_t blob = 0;
    std::string location;  // of the upload that was started, empty between blobs
    Clock::time_point started;
  };

  static std::string MakeText(const Options& options) {
    Pattern pattern(options.seed, options.size_bytes);
    std::string text;
    while (text.size() < options.size_bytes) {
      const std::span<const char> piece = pattern.At(text.size());
      text.append(piece.data(), piece.size());
    }
    return text;
  }

  void Stamp(uint64_t number) {
    std::memcpy(text_.data(), &number, std::min(sizeof(number), text_.size()));
  }

  void FillWithBlob(Request* request, std::string_view method, const std::string& path,
                    uint64_t blob) {
    Stamp(blob);
    request->head = BodyText(method, path, options_.target, kOctetStream, text_.size()) + text_;
  }

  bool TimeIsUp() const {
    return options_.seconds > 0 &&
           std::chrono::duration<double>(Clock::now() - begin_).count() >= options_.seconds;
  }

  const Options& options_;
  std::string text_;
  std::vector<std::string> digests_;
  std::vector<Slot> slots_;
  uint64_t next_blob_ = 0;
  Clock::time_point begin_;
  Latencies latencies_;
};

}  // namespace

bool RunPushBlobs(const Options& options) {
  if (options.count == 0) return false;
  PushBlobsScript script(options);
  const LoopResult result = RunClosedLoop(options.target, options.connections, script);
  const double seconds = result.seconds > 0 ? result.seconds : 1;
  JsonLine()
      .Text("mode", options.mode)
      .Text("label", options.label)
      .Text("form", options.form)
      .Count("connections", options.connections)
      .Count("size_bytes", options.size_bytes)
      .Count("seed", options.seed)
      .Number("per_second", static_cast<double>(script.latencies().count()) / seconds)
      .Timings(script.latencies())
      .Loop(result)
      .Print();
  return result.errors == 0 && script.latencies().count() > 0;
}

}  // namespace loadgen
