#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/file_descriptor.h"

namespace gantry::http::testing {

struct H2Answer {
  int status = 0;  // the last; 100 comes before
  bool continued = false;
  std::multimap<std::string, std::string> headers;
  std::string body;
  bool ended = false;   // cleanly
  bool closed = false;  // ended or reset
  uint32_t error = 0;   // of the reset

  std::string Header(const std::string& name) const;
};

using H2Headers = std::vector<std::pair<std::string, std::string>>;

// A blocking h2 client over nghttp2, with prior knowledge on a plain socket. Gives up after 20 s.
class H2Client {
 public:
  // `window`: of each stream, for what the server sends.
  explicit H2Client(const std::string& address, int32_t window = 1 << 20);
  ~H2Client();

  // Begins a request; its id. `more`: the body goes on with Send.
  int32_t Begin(const std::string& method, const std::string& path, const std::string& body = {},
                bool more = false, H2Headers headers = {});
  // Any header fields at all.
  int32_t BeginRaw(const H2Headers& headers, const std::string& body = {}, bool more = false);
  // More of the body; `last` ends it.
  void Send(int32_t id, const std::string& bytes, bool last);
  void Reset(int32_t id);
  // Moves bytes until that stream is closed.
  const H2Answer& Wait(int32_t id);
  // Until `enough` says so, or nothing comes for `millis`.
  template <typename F>
  void RunUntil(F enough, int millis = 20'000) {
    while (!enough() && Turn(millis)) {
    }
  }
  const H2Answer& answer(int32_t id) { return streams_[id]->answer; }
  size_t unsent(int32_t id) const { return streams_.at(id)->body.size(); }
  bool at_end() const { return at_end_; }
  bool goaway() const { return goaway_; }

  const H2Answer& Ask(const std::string& method, const std::string& path,
                      const std::string& body = {}) {
    return Wait(Begin(method, path, body));
  }

 private:
  struct Native;
  struct Stream {
    std::string body;
    bool more = false;
    H2Answer answer;
  };
  bool Turn(int millis);
  void Flush();

  net::FileDescriptor fd_;
  std::unique_ptr<Native> native_;
  std::map<int32_t, std::unique_ptr<Stream>> streams_;
  bool at_end_ = false;
  bool goaway_ = false;
};

}  // namespace gantry::http::testing
