#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "http/server.h"
#include "log/log.h"

namespace gantry::http::testing {

// Blocks handlers until the test lets them go. Threads: any.
class Gate {
 public:
  // Called by handlers: counts the arrival, and returns when the gate is open.
  void Pass();
  void Open();
  // Returns when `n` have arrived.
  void WaitForArrivals(int n);

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ GUARDED_BY(mutex_) = false;
  int arrivals_ GUARDED_BY(mutex_) = 0;
};

// What on_complete was told.
struct Seen {
  std::string method;
  std::string path;
  std::string route;  // "-" for none
  int status = 0;
  int64_t bytes_in = 0;
  int64_t bytes_out = 0;
};

// A server with routes that show what a test wants to see, on free ports of the loopback:
//   GET    /inline                 answered by the inline handler: "inline"
//   GET    /worker                 "worker"
//   GET    /peer                   peer, scheme, version, authority, a line each
//   GET    /images/{name...}/tags/{tag}   "name tag"
//   GET    /big?n=                 n bytes in memory, PatternByte each
//   GET    /file?offset=&length=   of a file of kFileBytes, PatternByte each
//   GET    /source?n=&fail=&known=1   n bytes from a ByteSource that fails after `fail`
//   GET    /gate                   waits for `gate`
//   GET    /throw                  throws
//   GET    /close                  asks for the connection to be closed
//   PUT    /memory                 the body again; at most 64 KiB
//   PUT    /upload                 "<bytes> <sum>" of the body; `upload_gate` stops each Write if
//   set PUT    /upload-failing         Write fails after 100 bytes with invalid_argument/bad_bytes
//   PUT    /refused                an UploadHandler that answers 401 at once
//   DELETE /worker                 204
class TestServer {
 public:
  static constexpr int64_t kFileBytes = 3 << 20;

  using Change = std::function<void(ServerOptions&)>;
  // One plain listener, reactors 1, workers 4; `change` may alter that.
  explicit TestServer(Change change = {});
  ~TestServer();

  Server& server() { return *server_; }
  // "127.0.0.1:1234" of a listener.
  std::string address(size_t index = 0) const { return server_->addresses().at(index); }
  // Waits for `n` exchanges, and returns all so far.
  std::vector<Seen> WaitForExchanges(size_t n);
  // Ends the server now.
  void Stop();

  Gate gate;
  std::unique_ptr<Gate> upload_gate;  // set before the first request
  // Returns when as many sinks have been destroyed.
  void WaitForSinksDestroyed(int n);
  // What the server still holds for bodies once nothing moves any more: workers give it back after
  // the answer. Waits up to 10 s for zero.
  int64_t MemoryAtRest();
  int sinks_open() const;
  // True if a sink was destroyed, or written, on a reactor thread or by two threads at once.
  bool sink_misused() const;

 private:
  friend class CountingSink;
  std::vector<Route> Routes();
  void AddGetRoutes(std::vector<Route>& routes);
  void AddBodyRoutes(std::vector<Route>& routes);

  const SystemClock clock_;
  log::Logger logger_;
  std::shared_ptr<const int> file_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<Seen> seen_ GUARDED_BY(mutex_);
  int sinks_opened_ GUARDED_BY(mutex_) = 0;
  int sinks_destroyed_ GUARDED_BY(mutex_) = 0;
  bool misused_ GUARDED_BY(mutex_) = false;
  std::unique_ptr<Server> server_;
};

// The byte at a position of all generated bodies.
char PatternByte(int64_t position);
std::string Pattern(int64_t offset, int64_t length);
// What PUT /upload answers for a body.
std::string UploadAnswer(const std::string& body);

}  // namespace gantry::http::testing
