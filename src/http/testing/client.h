#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/file_descriptor.h"

namespace gantry::http::testing {

struct Answer {
  int status = 0;
  std::string head;  // with the empty line
  std::string body;
  bool complete = false;  // framed to its end

  std::string Header(std::string_view name) const;  // "" if absent
};

// A blocking HTTP/1.1 client that sends exactly the bytes it is told. Gives up after 20 s.
class Client {
 public:
  // "127.0.0.1:80", "unix:/path".
  explicit Client(const std::string& address);

  // True if somebody listens there.
  static bool Connects(const std::string& address);

  void Send(std::string_view bytes);
  // As Send, but stops when the socket takes no more for half a second; how many went.
  size_t SendWhileTaken(std::string_view bytes);
  // One answer. `head_request`: it has no body. Bytes behind it stay for the next call.
  Answer Receive(bool head_request = false);
  // Everything until the end; nullopt if the connection was reset.
  std::optional<std::string> ReceiveAll();
  // True when the server has closed (and sent nothing more).
  bool AtEnd();
  void ShutdownWrite();
  // Closes with a reset.
  void Reset();
  int fd() const { return fd_.get(); }

  Answer Ask(std::string_view bytes) {
    Send(bytes);
    return Receive();
  }

 private:
  bool More();
  net::FileDescriptor fd_;
  std::string buffer_;
};

// "GET <path> HTTP/1.1" with a Host and the given header lines ("A: b\r\n").
std::string Get(const std::string& path, const std::string& headers = {});
std::string Put(const std::string& path, const std::string& body, const std::string& headers = {});
// In chunks of `size` bytes.
std::string PutChunked(const std::string& path, const std::string& body, size_t size,
                       const std::string& headers = {});

}  // namespace gantry::http::testing
