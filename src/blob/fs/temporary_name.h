#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "io/file_system.h"

namespace gantry::blob {

// The name under which a file is prepared. Removed with this object unless the file was moved; that
// the removal may fail changes nothing: tmp/ is emptied at every start.
class TemporaryName {
 public:
  // `fs` outlives this.
  TemporaryName(io::FileSystem& fs, std::string path) : fs_(fs), path_(std::move(path)) {}
  ~TemporaryName() {
    if (!moved_) static_cast<void>(fs_.Remove(path_));
  }
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;

  const std::string& path() const { return path_; }
  // Replaces what is there. REQUIRES: a file has this name.
  Result<void> MoveTo(const std::string& path) {
    TRY(fs_.Rename(path_, path));
    moved_ = true;
    return Ok();
  }

 private:
  io::FileSystem& fs_;
  const std::string path_;
  bool moved_ = false;
};

}  // namespace gantry::blob
