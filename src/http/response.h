#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace gantry::http {

// Bytes [offset, offset + length) of an open file. `fd` is borrowed from `owner`, which keeps it
// open until the response is sent.
struct FileRegion {
  std::shared_ptr<const void> owner;
  int fd = -1;
  int64_t offset = 0;
  int64_t length = 0;
};

// A body that is produced while it is sent. Read blocks and runs on a worker thread.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Total length if known, else -1 (sent chunked, or as h2 DATA without a length).
  virtual int64_t length() const = 0;
  // Up to `max` bytes appended to `out`; nothing appended means the end. After an error the
  // connection (h2: the stream) is broken, never ended cleanly.
  virtual Result<void> Read(size_t max, std::string& out) = 0;
};

// Immutable bytes shared with a cache.
using SharedBytes = std::shared_ptr<const std::string>;

using Body = std::variant<std::string, SharedBytes, FileRegion, std::unique_ptr<ByteSource>>;

// What a handler answers. The server adds Content-Length (from the body, unless the handler set
// one: HEAD of something it did not open), Date, X-Request-Id, Connection; for HEAD and 204/304 it
// sends no body.
struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  Body body;
  bool close = false;  // close the connection (h2: GOAWAY) after this response

  // Appends a header. REQUIRES: name and value without CR, LF, NUL (they are stripped).
  Response& Add(std::string_view name, std::string_view value) {
    headers.emplace_back(name, value);
    return *this;
  }
};

}  // namespace gantry::http
