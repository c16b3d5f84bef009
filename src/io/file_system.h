#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace gantry::io {

struct FileInfo {
  int64_t size = 0;
  Time changed;       // of the contents
  int64_t links = 1;  // names the file has
};

struct Space {
  int64_t free_bytes = 0;  // what this process may still write
  int64_t total_bytes = 0;
};

// An open file; closed when destroyed. Errors are those of FromErrno.
// Threads: ReadAt and Stat from any thread; the others one at a time.
class File {
 public:
  virtual ~File() = default;
  // The descriptor, for sendfile; -1 when the file system is not the kernel's.
  virtual int fd() const = 0;
  virtual Result<FileInfo> Stat() const = 0;
  // Appends up to `max` bytes from `offset` to `out`; less only at the end of the file.
  // REQUIRES: `max` is a limit of ours, not a number somebody sent.
  virtual Result<void> ReadAt(int64_t offset, size_t max, std::string& out) const = 0;
  // Writes all of `bytes`; after an error any part of them may be there.
  virtual Result<void> WriteAt(int64_t offset, std::string_view bytes) = 0;
  // Allocates the blocks of the first `size` bytes and makes the file at least that long, so that a
  // later SyncData of writes in that range has no allocation to log.
  virtual Result<void> Reserve(int64_t size) = 0;
  // The contents survive a power loss. After an error nothing written since the last success may be
  // trusted, not even after a later success: the kernel forgets pages it could not write
  // (https://wiki.postgresql.org/wiki/Fsync_Errors).
  virtual Result<void> SyncData() = 0;
  // A hint: begin to write this range to the medium, do not wait.
  virtual void StartWriteback(int64_t offset, int64_t size) = 0;
};

enum class OpenMode { kRead, kReadWrite };

// The files under one directory, which is opened once. A path is relative to it, its components
// separated by '/', none empty, "." or ".."; it is built by the owner of the layout from typed
// parts (a parsed digest, a checked id), never from a text somebody sent. Directory entries are
// durable after SyncDirectory of the directory they are in. Threads: all methods from any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // nullopt: there is none.
  virtual Result<std::optional<std::unique_ptr<File>>> Open(const std::string& path,
                                                            OpenMode mode) = 0;
  // A new, empty file, readable and writable. already_exists/file_exists.
  virtual Result<std::unique_ptr<File>> Create(const std::string& path) = 0;
  // nullopt: there is none.
  virtual Result<std::optional<FileInfo>> Stat(const std::string& path) = 0;
  // A second name for a file. False: `to` is there already, and stays as it was.
  virtual Result<bool> Link(const std::string& from, const std::string& to) = 0;
  // Atomic; replaces `to`.
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  // Removes a file's name. False: there is none.
  virtual Result<bool> Remove(const std::string& path) = 0;

  // False: it is there already.
  virtual Result<bool> MakeDirectory(const std::string& path) = 0;
  // The names in a directory, in no order. "" is the root.
  virtual Result<std::vector<std::string>> List(const std::string& directory) = 0;
  // Makes the entries of a directory durable. "" is the root. After an error: as File::SyncData.
  virtual Result<void> SyncDirectory(const std::string& directory) = 0;

  // Makes everything durable that was written before.
  virtual Result<void> SyncAll() = 0;
  virtual Result<Space> FreeSpace() = 0;
};

// Aborts unless `path` is one that a FileSystem takes: another one is a mistake of ours.
void CheckPath(std::string_view path);

}  // namespace gantry::io
