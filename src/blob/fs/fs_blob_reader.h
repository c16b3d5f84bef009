#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "blob/blob_store.h"
#include "io/file_system.h"

namespace gantry::blob {

// A blob's open file. Threads: all methods from any thread.
class FsBlobReader final : public BlobReader {
 public:
  FsBlobReader(std::unique_ptr<io::File> file, int64_t size)
      : file_(std::move(file)), size_(size) {}

  int64_t size() const override { return size_; }
  int fd() const override { return file_->fd(); }
  Result<void> Read(int64_t offset, size_t max, std::string& out) const override {
    return file_->ReadAt(offset, max, out);
  }

 private:
  const std::unique_ptr<io::File> file_;
  const int64_t size_;
};

}  // namespace gantry::blob
