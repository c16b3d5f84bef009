#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "closed_loop.h"
#include "modes.h"
#include "report.h"
#include "request_text.h"

namespace loadgen {
namespace {

constexpr int kAnswerTimeoutMs = 10000;

using Connections = std::vector<std::unique_ptr<Connection>>;

bool OpenAll(const Options& options, Connections* connections) {
  for (uint64_t i = 0; i < options.connections; ++i) {
    connections->push_back(std::make_unique<Connection>());
    if (connections->back()->Open(options.target)) continue;
    JsonLine()
        .Text("mode", options.mode)
        .Count("opened", i)
        .Count("errors", 1)
        .Text("first_error", connections->back()->error())
        .Print();
    return false;
  }
  return true;
}

void PrintReady(const Options& options) {
  JsonLine().Text("mode", options.mode).Text("ready", "yes").Print();
}

Clock::time_point EndOf(const Options& options) {
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double>(options.seconds));
}

// Sends one whole request and waits for its answer; 0 when there was none.
int Exchange(Connection* connection, std::string text) {
  Request request;
  request.head = std::move(text);
  Connection::Progress progress = connection->Start(std::move(request));
  while (progress == Connection::Progress::kWantRead ||
         progress == Connection::Progress::kWantWrite) {
    pollfd ready{connection->fd(), POLLIN, 0};
    if (progress == Connection::Progress::kWantWrite) ready.events = POLLIN | POLLOUT;
    if (::poll(&ready, 1, kAnswerTimeoutMs) <= 0) return 0;
    progress = connection->Continue();
  }
  return progress == Connection::Progress::kComplete ? connection->response().status : 0;
}

std::string PathOr(const Options& options, const std::string& otherwise) {
  return options.paths.empty() ? otherwise : options.paths[0];
}

// A client that sends or reads a few bytes at a time and never gets anywhere.
class SlowClient {
 public:
  SlowClient(const Options& options, Connection* connection)
      : connection_(connection), reader_(options.kind == "reader") {
    const std::string path = PathOr(options, "/v2/");
    if (options.kind == "headers") {
      text_ = RequestStart("GET", path, options.target) + "X-Slow: " + std::string(65536, 'x');
    } else if (reader_) {
      const int small = 4096;
      ::setsockopt(connection_->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
      SendAll(GetText("GET", path, options.target));
    } else {
      StartUpload(options);
    }
  }

  // Moves `size_bytes` bytes. false once the server gave up on us.
  bool Dribble(size_t size_bytes) {
    if (closed_) return false;
    if (reader_) {
      Read(std::min<size_t>(size_bytes, 256));
    } else {
      size_bytes = std::min(size_bytes, text_.size() - offset_);
      SendAll(text_.substr(offset_, size_bytes));
      offset_ += size_bytes;
      Read(256);
    }
    return !closed_;
  }

  const std::string& answer() const { return answer_; }

 private:
  // An upload is opened as any client does it; its first chunk then never ends.
  void StartUpload(const Options& options) {
    const std::string uploads = "/v2/" + options.repository + "/blobs/uploads/";
    const std::string post = BodyText("POST", uploads, options.target, kOctetStream, 0);
    if (Exchange(connection_, post) != 202) {
      closed_ = true;
      return;
    }
    SendAll(BodyText("PATCH", UploadPath(connection_->response().location), options.target,
                     kOctetStream, 1 << 30));
    text_.assign(65536, 'x');
  }

  void SendAll(const std::string& text) {
    if (text.empty()) return;
    const ssize_t n = ::send(connection_->fd(), text.data(), text.size(), MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN) closed_ = true;
  }

  void Read(size_t size_bytes_max) {
    std::array<char, 256> buffer;
    const ssize_t n = ::recv(connection_->fd(), buffer.data(), size_bytes_max, MSG_DONTWAIT);
    if (n > 0 && answer_.size() < 12) answer_.append(buffer.data(), static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EAGAIN)) closed_ = true;
  }

  Connection* connection_;
  bool reader_;
  bool closed_ = false;
  size_t offset_ = 0;
  std::string text_;
  std::string answer_;  // the first bytes the server sent
};

}  // namespace

bool RunIdle(const Options& options) {
  Connections connections;
  if (!OpenAll(options, &connections)) return false;
  uint64_t errors = 0;
  const std::string get = GetText("GET", PathOr(options, "/v2/"), options.target);
  for (const auto& connection : connections) {
    errors += Exchange(connection.get(), get) == 200 ? 0 : 1;
  }
  PrintReady(options);
  std::this_thread::sleep_until(EndOf(options));
  JsonLine()
      .Text("mode", options.mode)
      .Count("connections", options.connections)
      .Count("errors", errors)
      .Print();
  return errors == 0;
}

bool RunSlowClients(const Options& options) {
  Connections connections;
  if (!OpenAll(options, &connections)) return false;
  std::vector<SlowClient> clients;
  clients.reserve(connections.size());
  for (const auto& connection : connections) {
    clients.emplace_back(options, connection.get());
  }
  PrintReady(options);
  const Clock::time_point end = EndOf(options);
  const size_t step_bytes = static_cast<size_t>(std::max(options.dribble_bytes_per_second, 1.0));
  uint64_t open = clients.size();
  while (Clock::now() < end) {
    open = 0;
    for (SlowClient& client : clients) open += client.Dribble(step_bytes) ? 1 : 0;
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  uint64_t refused = 0;
  for (const SlowClient& client : clients) {
    refused += client.answer().size() > 9 && client.answer()[9] >= '4' ? 1 : 0;
  }
  JsonLine()
      .Text("mode", options.mode)
      .Text("kind", options.kind)
      .Count("connections", options.connections)
      .Count("still_open", open)
      .Count("refused", refused)
      .Print();
  return true;
}

}  // namespace loadgen
