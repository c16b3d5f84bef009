#include "api/blob_body.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace gantry::api {
namespace {

// A store without descriptors (memory, an object store) is read piece by piece.
class ReaderSource final : public http::ByteSource {
 public:
  ReaderSource(core::BlobPointer blob, int64_t first, int64_t length)
      : blob_(std::move(blob)), next_(first), left_(length), length_(length) {}

  int64_t length() const override { return length_; }

  Result<void> Read(size_t max, std::string& out) override {
    const size_t before = out.size();
    TRY(blob_->Read(next_, std::min(max, static_cast<size_t>(left_)), out));
    const auto got = static_cast<int64_t>(out.size() - before);
    if (got == 0 && left_ > 0) return Corruption("blob_short", "the stored blob ends too early");
    next_ += got;
    left_ -= got;
    return Ok();
  }

 private:
  core::BlobPointer blob_;
  int64_t next_;
  int64_t left_;
  int64_t length_;
};

}  // namespace

http::Body BlobBody(const core::BlobPointer& blob, int64_t first, int64_t length) {
  if (blob->fd() >= 0) return http::FileRegion{blob, blob->fd(), first, length};
  return std::make_unique<ReaderSource>(blob, first, length);
}

}  // namespace gantry::api
