#include "manifests.h"

#include <algorithm>
#include <cstdio>

#include "closed_loop.h"
#include "digest.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

constexpr std::string_view kManifestType = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view kConfig = "{}";
constexpr std::string_view kLayer = "gantry-loadgen layer";

std::string DigestOf(std::string_view text) {
  Sha256 hash;
  hash.Update(text.data(), text.size());
  return hash.FinishDigest();
}

std::string Descriptor(std::string_view media_type, std::string_view content) {
  return R"({"mediaType":")" + std::string(media_type) + R"(","digest":")" + DigestOf(content) +
         R"(","size":)" + std::to_string(content.size()) + "}";
}

// Pushes one small blob: POST, then PUT.
class BlobScript final : public Script {
 public:
  BlobScript(const Options& options, std::string_view content)
      : options_(options), content_(content) {}

  bool Next(size_t, Request* request) override {
    if (finished_) return false;
    if (location_.empty()) {
      request->head = BodyText("POST", "/v2/" + options_.repository + "/blobs/uploads/",
                               options_.target, kOctetStream, 0);
    } else {
      request->head = BodyText("PUT", UploadPath(location_, DigestOf(content_)), options_.target,
                               kOctetStream, content_.size())
                          .append(content_);
    }
    return true;
  }

  bool Done(size_t, Response& response, Clock::duration) override {
    finished_ = !location_.empty();
    location_ = response.location;
    return response.status == (finished_ ? 201 : 202);
  }

 private:
  const Options& options_;
  std::string_view content_;
  std::string location_;
  bool finished_ = false;
};

}  // namespace

Manifests::Manifests(const Options& options)
    : options_(options),
      start_(R"({"schemaVersion":2,"mediaType":")" + std::string(kManifestType) + R"(","config":)" +
             Descriptor("application/vnd.oci.image.config.v1+json", kConfig) + R"(,"layers":[)" +
             Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", kLayer) +
             R"(],"annotations":{"number":")") {}

bool Manifests::PushShared(const Options& options) {
  for (const std::string_view content : {kConfig, kLayer}) {
    BlobScript blob(options, content);
    const LoopResult pushed = RunClosedLoop(options.target, 1, blob);
    if (pushed.errors == 0) continue;
    JsonLine().Text("mode", options.mode).Loop(pushed).Print();
    return false;
  }
  return true;
}

Request Manifests::Next() {
  const uint64_t number = made_++;
  std::string body =
      start_ + std::to_string(options_.seed) + "-" + std::to_string(number) + R"(","padding":")";
  constexpr std::string_view kEnd = R"("}})";
  const size_t wanted = std::max<size_t>(options_.size_bytes, body.size() + kEnd.size());
  body.append(wanted - kEnd.size() - body.size(), 'x').append(kEnd);
  char digits[16];
  std::snprintf(digits, sizeof(digits), "%07llu", static_cast<unsigned long long>(number));
  const std::string path =
      "/v2/" + options_.repository + "/manifests/" + options_.tag_prefix + digits;
  Request request;
  request.head = BodyText("PUT", path, options_.target, kManifestType, body.size()) + body;
  return request;
}

}  // namespace loadgen
