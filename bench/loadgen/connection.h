#pragma once

#include <cstdint>
#include <string>

#include "pattern.h"
#include "response_parser.h"

namespace loadgen {

struct Address {
  uint32_t ipv4 = 0;  // host byte order
  uint16_t port = 0;
  std::string text;           // "127.0.0.1:5000", as sent in Host
  std::string authorization;  // the header's value; "" for none
};

// One request: `head` is sent as it stands (a small body may be part of it), then
// `pattern_length` bytes of `pattern` from `pattern_offset`.
struct Request {
  std::string head;
  Pattern* pattern = nullptr;  // not owned; outlives the request
  uint64_t pattern_offset = 0;
  uint64_t pattern_length = 0;
  bool is_head = false;       // the answer has no body
  bool keep_body = false;     // Response::body is wanted
  bool discard_body = false;  // the kernel drops the body (MSG_TRUNC), nothing is copied
};

// A non-blocking client connection with one request in flight. One thread.
class Connection {
 public:
  enum class Progress { kWantRead, kWantWrite, kComplete, kBroken };

  Connection() = default;
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Connects; blocks until the connection stands. false with a reason in `error`.
  bool Open(const Address& address);
  void Close();

  // Starts a request and pushes as much of it as the socket takes. REQUIRES: none in flight.
  Progress Start(Request request);

  // Goes on after epoll reported the descriptor. kBroken: see error(); the descriptor is closed.
  Progress Continue();

  int fd() const { return fd_; }
  Response& response() { return parser_.response(); }
  const std::string& error() const { return error_; }
  // Whether the response arrived before the request was sent to its end.
  bool half_sent() const { return !sent_; }
  // Whether the peer closed a connection that was used before, without a byte of an answer:
  // HTTP lets a client repeat the request then.
  bool closed_while_idle() const { return used_before_ && !parser_.started(); }
  Request& request() { return request_; }

 private:
  bool Send();
  bool Receive();
  Progress Break(const std::string& reason);

  int fd_ = -1;
  bool sent_ = true;
  bool used_before_ = false;
  bool completed_one_ = false;
  uint64_t head_offset_ = 0;
  uint64_t pattern_sent_ = 0;
  Request request_;
  ResponseParser parser_;
  std::string error_;
};

}  // namespace loadgen
