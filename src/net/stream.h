#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "net/file_descriptor.h"

namespace gantry::net {

enum class IoStatus {
  kOk,
  kAgain,  // try again after an event
  kEnd,    // the peer sends no more (reads only)
  kError,  // the connection is broken
};

struct IoResult {
  IoStatus status = IoStatus::kOk;
  size_t bytes = 0;  // of kOk: at least 1, unless nothing was asked for
};

// A non-blocking connected byte stream, plain or TLS. Threads: the reactor's.
class Stream {
 public:
  virtual ~Stream() = default;
  virtual int fd() const = 0;
  // kOk when the stream is ready for bytes.
  virtual IoStatus Handshake() = 0;
  // True if the peer chose h2 in the handshake.
  virtual bool negotiated_h2() const = 0;
  virtual bool encrypted() const = 0;
  virtual IoResult Read(std::span<char> space) = 0;
  // Writes some bytes from the start of the pieces. `more`: others follow at once.
  virtual IoResult Write(std::span<const iovec> pieces, bool more) = 0;
  // Writes some bytes of a file; a file that ends before offset + count is kError. `more`: others
  // follow at once; a segment that is not full may wait for them.
  virtual IoResult SendFile(int file, int64_t offset, size_t count, bool more) = 0;
  // Says that no more will be written.
  virtual void ShutdownWrite() = 0;
};

std::unique_ptr<Stream> MakePlainStream(FileDescriptor socket);

}  // namespace gantry::net
