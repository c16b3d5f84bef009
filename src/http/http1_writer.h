#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/call.h"
#include "http/connection.h"

namespace gantry::http {

// Sends one answer after the other on an HTTP/1.1 connection. Small answers leave in one system
// call from the reactor's buffer; only what the socket does not take is kept.
// Threads: the reactor's.
class Http1Writer {
 public:
  explicit Http1Writer(Connection& connection) : connection_(connection) {}

  enum class Progress {
    kMoved,    // there may be more to do
    kBlocked,  // waits for the socket or the source
    kDone,     // nothing is left to be sent
    kBroken,
  };

  // Bytes without a call: "100 Continue".
  void Raw(std::string_view bytes) { rest_.append(bytes); }

  // The head of call.response and, as far as the socket takes it, the body. `keep_alive`: what is
  // to be said of the connection; false in the end if only closing it can end the body.
  Progress Begin(Call& call, bool& keep_alive);
  // Goes on; at most about 2 MiB at once.
  Progress Step();
  // The socket has not taken what is there for it.
  bool blocked_by_socket() const { return blocked_by_socket_; }

 private:
  enum class Kind { kNone, kBytes, kFile, kSource };
  static constexpr size_t kCopiedBody = 4 << 10;  // smaller bodies travel with the head
  static constexpr size_t kFileBytes = 2 << 20;

  void TakeBody(Call& call, std::string& head);
  Progress WriteHead(std::string_view head);
  Progress WriteRest();
  Progress StepFile();
  Progress StepSource();
  void AppendPiece(std::string piece);
  Progress AfterBody(const net::IoResult& result);
  Progress Stopped(net::IoStatus status);

  Connection& connection_;
  Call* call_ = nullptr;
  Kind kind_ = Kind::kNone;
  bool chunked_ = false;
  bool counted_ = false;  // the source said its length
  bool blocked_by_socket_ = false;
  std::string rest_;  // comes before the body
  size_t rest_at_ = 0;
  std::string_view bytes_;  // of a body in memory
  int64_t file_at_ = 0;
  bool file_checked_ = false;
  int64_t left_ = 0;  // of a file or a counted source
};

}  // namespace gantry::http
