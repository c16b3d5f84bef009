#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace gantry::server {

// The folder that holds everything one installation stores, locked for this process:
//   lock          flock'ed while a process works on the folder; holds its pid
//   control.sock  where the server takes commands (`gantry gc` ...)
//   gantry.db     the embedded database
//   blobs/ ...    the blob store
// Threads: const methods from any thread.
class DataFolder {
 public:
  // Makes the folder (and those above it) readable for the owner only if it is absent, and locks
  // it. failed_precondition/data_folder_in_use with the pid of the other process in the message;
  // else what FromErrno says.
  static Result<std::unique_ptr<DataFolder>> Lock(const std::string& path);
  ~DataFolder();
  DataFolder(const DataFolder&) = delete;
  DataFolder& operator=(const DataFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  DataFolder(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  const std::string path_;
  const int lock_fd_;
};

// Where the process that works on a data folder takes commands. The folder need not exist.
std::string ControlSocket(const std::string& data);

}  // namespace gantry::server
