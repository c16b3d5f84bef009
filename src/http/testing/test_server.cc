#include "http/testing/test_server.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "base/encoding.h"

namespace gantry::http::testing {
namespace {

int64_t Number(const Request& request, const char* key, int64_t fallback) {
  const auto text = request.Query(key);
  return text ? ParseDecimal(*text).value_or(fallback) : fallback;
}

Response Text(std::string body) {
  Response response;
  response.Add("Content-Type", "text/plain");
  response.body = std::move(body);
  return response;
}

// A file with the pattern that no longer has a name.
std::shared_ptr<const int> MakeFile() {
  std::string path = "/tmp/gantry_http_test_XXXXXX";
  const int fd = mkstemp(path.data());
  GANTRY_ASSERT(fd >= 0);
  unlink(path.c_str());
  const std::string bytes = Pattern(0, TestServer::kFileBytes);
  GANTRY_ASSERT(write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  return {new int(fd), [](const int* file) {
            close(*file);
            delete file;
          }};
}

class PatternSource final : public ByteSource {
 public:
  PatternSource(int64_t size, int64_t fail_at, bool known)
      : size_(size), fail_at_(fail_at), known_(known) {}
  int64_t length() const override { return known_ ? size_ : -1; }
  Result<void> Read(size_t max, std::string& out) override {
    if (at_ == fail_at_) return Internal("source_failed", "as the test wants it");
    int64_t n = std::min<int64_t>(static_cast<int64_t>(max), size_ - at_);
    if (fail_at_ >= 0) n = std::min(n, fail_at_ - at_);
    out += Pattern(at_, n);
    at_ += n;
    return Ok();
  }

 private:
  const int64_t size_;
  const int64_t fail_at_;
  const bool known_;
  int64_t at_ = 0;
};

bool OnWorker() {
  std::array<char, 32> name{};
  pthread_getname_np(pthread_self(), name.data(), name.size());
  return std::string_view(name.data()) == "gantry-worker";
}

}  // namespace

char PatternByte(int64_t position) {
  return static_cast<char>('a' + (position * 7 + position / 251) % 26);
}

std::string Pattern(int64_t offset, int64_t length) {
  std::string bytes(static_cast<size_t>(length), '\0');
  for (int64_t i = 0; i < length; ++i) bytes[static_cast<size_t>(i)] = PatternByte(offset + i);
  return bytes;
}

std::string UploadAnswer(const std::string& body) {
  uint64_t sum = 14695981039346656037ULL;
  for (const char c : body) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return std::to_string(body.size()) + " " + std::to_string(sum);
}

void Gate::Pass() {
  MutexLock lock(mutex_);
  ++arrivals_;
  changed_.SignalAll();
  while (!open_) changed_.Wait(mutex_);
}

void Gate::Open() {
  MutexLock lock(mutex_);
  open_ = true;
  changed_.SignalAll();
}

void Gate::WaitForArrivals(int n) {
  MutexLock lock(mutex_);
  while (arrivals_ < n) changed_.Wait(mutex_);
}

class CountingSink final : public BodySink {
 public:
  CountingSink(TestServer& test, int64_t fail_after) : test_(test), fail_after_(fail_after) {
    MutexLock lock(test_.mutex_);
    ++test_.sinks_opened_;
  }
  ~CountingSink() override {
    const Turn turn(*this);
    MutexLock lock(test_.mutex_);
    ++test_.sinks_destroyed_;
    test_.changed_.SignalAll();
  }
  Result<void> Write(std::string_view bytes) override {
    const Turn turn(*this);
    if (test_.upload_gate != nullptr) test_.upload_gate->Pass();
    body_ += bytes;
    if (bytes.size() > (1 << 20) || bytes.empty()) Misused();
    if (fail_after_ >= 0 && static_cast<int64_t>(body_.size()) > fail_after_) {
      return InvalidArgument("bad_bytes", "the sink does not like this");
    }
    return Ok();
  }
  Response Finish() override {
    const Turn turn(*this);
    return Text(UploadAnswer(body_));
  }

 private:
  // Sees two threads at once, and threads that may not wait.
  struct Turn {
    explicit Turn(CountingSink& turned) : sink(turned) {
      if (sink.busy_.exchange(true) || !OnWorker()) sink.Misused();
    }
    ~Turn() { sink.busy_.store(false); }
    CountingSink& sink;
  };
  void Misused() {
    MutexLock lock(test_.mutex_);
    test_.misused_ = true;
  }

  TestServer& test_;
  const int64_t fail_after_;
  std::string body_;
  std::atomic<bool> busy_{false};
};

TestServer::TestServer(Change change)
    : logger_(STDERR_FILENO, log::Level::kError), file_(MakeFile()) {
  ServerOptions options;
  options.listen = {{"127.0.0.1:0", false}};
  options.workers = 4;
  options.on_complete = [this](const Exchange& exchange) {
    MutexLock lock(mutex_);
    seen_.push_back({std::string(MethodName(exchange.request.method)), exchange.request.path,
                     exchange.route == nullptr ? "-" : exchange.route->name, exchange.status,
                     exchange.bytes_in, exchange.bytes_out});
    changed_.SignalAll();
  };
  options.render_error = [](std::string_view, const Error& error) {
    Response response = Text(error.ToString());
    response.status = error.code() == Code::kInvalidArgument ? 400 : 500;
    return response;
  };
  if (change) change(options);
  server_ = MakeServer(std::move(options), Routes(), clock_, logger_);
  const auto started = server_->Start();
  GANTRY_ASSERT(started.ok());
}

TestServer::~TestServer() { Stop(); }

void TestServer::Stop() {
  gate.Open();
  if (upload_gate != nullptr) upload_gate->Open();
  server_.reset();
}

std::vector<Seen> TestServer::WaitForExchanges(size_t n) {
  MutexLock lock(mutex_);
  while (seen_.size() < n) changed_.Wait(mutex_);
  return seen_;
}

void TestServer::WaitForSinksDestroyed(int n) {
  MutexLock lock(mutex_);
  while (sinks_destroyed_ < n) changed_.Wait(mutex_);
}

int TestServer::sinks_open() const {
  MutexLock lock(mutex_);
  return sinks_opened_ - sinks_destroyed_;
}

bool TestServer::sink_misused() const {
  MutexLock lock(mutex_);
  return misused_;
}

std::vector<Route> TestServer::Routes() {
  std::vector<Route> routes;
  AddGetRoutes(routes);
  AddBodyRoutes(routes);
  return routes;
}

void TestServer::AddGetRoutes(std::vector<Route>& routes) {
  const auto get = [&](const char* pattern, const char* name, Handler handler) -> Route& {
    Route route;
    route.pattern = pattern;
    route.name = name;
    route.handler = std::move(handler);
    routes.push_back(std::move(route));
    return routes.back();
  };
  get("/inline", "inline", [](Request&) { return Text("not inline"); }).inline_handler =
      [bytes = std::make_shared<const std::string>("inline")](const Request&) {
        Response response;
        response.Add("X-Odd", "a\r\nb");
        response.body = bytes;
        return std::optional(std::move(response));
      };
  get("/worker", "worker", [](Request&) { return Text("worker"); });
  get("/peer", "peer", [](Request& r) {
    return Text(r.peer + "\n" + r.scheme + "\n" + std::to_string(r.version) + "\n" + r.authority);
  });
  get("/images/{name...}/tags/{tag}", "tag", [](Request& request) {
    return Text(std::string(request.Parameter("name")) + " " +
                std::string(request.Parameter("tag")));
  });
  get("/big", "big", [](Request& request) { return Text(Pattern(0, Number(request, "n", 0))); });
  get("/file", "file", [this](Request& request) {
    Response response;
    response.body = FileRegion{file_, *file_, Number(request, "offset", 0),
                               Number(request, "length", kFileBytes)};
    return response;
  });
  get("/source", "source", [](Request& request) {
    Response response;
    response.body = std::make_unique<PatternSource>(
        Number(request, "n", 0), Number(request, "fail", -1), request.Query("known").has_value());
    return response;
  });
  get("/gate", "gate", [this](Request&) {
    gate.Pass();
    return Text("passed");
  });
  get("/throw", "throw", [](Request&) -> Response { throw std::runtime_error("by the test"); });
  get("/close", "close", [](Request&) {
    Response response = Text("bye");
    response.close = true;
    return response;
  });
}

void TestServer::AddBodyRoutes(std::vector<Route>& routes) {
  const auto add = [&](Method method, const char* pattern, const char* name, auto handler) {
    Route route;
    route.method = method;
    route.pattern = pattern;
    route.name = name;
    route.body_bytes_max = 64 << 10;
    route.handler = std::move(handler);
    routes.push_back(std::move(route));
  };
  using Taken = std::variant<std::unique_ptr<BodySink>, Response>;
  add(Method::kPut, "/memory", "memory",
      Handler([](Request& request) { return Text(request.body); }));
  add(Method::kDelete, "/worker", "delete", Handler([](Request&) {
        Response response = Text("never seen");
        response.status = 204;
        return response;
      }));
  add(Method::kPut, "/upload", "upload", UploadHandler([this](Request&) -> Taken {
        return std::make_unique<CountingSink>(*this, -1);
      }));
  add(Method::kPut, "/upload-failing", "upload", UploadHandler([this](Request&) -> Taken {
        return std::make_unique<CountingSink>(*this, 100);
      }));
  add(Method::kPut, "/refused", "refused", UploadHandler([](Request&) -> Taken {
        Response response = Text("who are you");
        response.status = 401;
        return response;
      }));
}

int64_t TestServer::MemoryAtRest() {
  for (int i = 0; i < 1000 && server().stats().memory_bytes != 0; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return server().stats().memory_bytes;
}

}  // namespace gantry::http::testing
