#include "http/server.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <future>
#include <thread>
#include <utility>

#include "base/assert.h"
#include "http/connection.h"
#include "http/server_state.h"
#include "log/log.h"
#include "net/listener.h"
#include "net/short_slices.h"
#include "net/stream.h"

namespace gantry::http {
namespace {

constexpr Duration kTimerTick = Millis(100);
// Clients beyond connections_max that are told so; those beyond these are just closed.
constexpr int64_t kRefusedMax = 256;

// Signals are the main thread's.
void BlockSignals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

// One reactor with its thread, its acceptors and its connections.
class Lane {
 public:
  Lane(ServerState& server, std::unique_ptr<net::Reactor> reactor)
      : server_(server), reactor_(std::move(reactor)), state_(server, *reactor_) {}

  ~Lane() {
    if (!thread_.joinable()) return;
    reactor_->Stop();
    thread_.join();
  }

  Result<void> Listen(const net::ListenSocket& socket, bool tls) {
    auto acceptor = std::make_unique<net::Acceptor>(
        socket,
        [this, tls](net::FileDescriptor accepted, std::string peer) {
          Accept(std::move(accepted), std::move(peer), tls);
        },
        [this](int refused) { OnNoDescriptors(refused); });
    TRY(acceptor->Start(*reactor_));
    acceptors_.push_back(std::move(acceptor));
    return Ok();
  }

  void Start() {
    thread_ = std::thread([this] {
      BlockSignals();
      pthread_setname_np(pthread_self(), "gantry-reactor");
      net::PreferShortSlices();
      reactor_->Run();
    });
  }

  // Runs on the reactor's thread, and returns when it has run.
  void RunThere(std::function<void()> task) {
    if (!thread_.joinable()) return task();
    std::promise<void> done;
    reactor_->Post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  void Drain() {
    RunThere([this] {
      StopAccepting();
      // Backwards: one that closes is replaced by the last.
      for (size_t i = state_.connections().size(); i-- > 0;) state_.connections()[i]->OnDrain();
    });
  }

  void CloseAll() {
    RunThere([this] {
      StopAccepting();
      while (!state_.connections().empty()) state_.connections().back()->Close();
    });
  }

 private:
  void StopAccepting() {
    for (const auto& acceptor : acceptors_) acceptor->Stop(*reactor_);
    acceptors_.clear();
  }

  void Accept(net::FileDescriptor accepted, std::string peer, bool tls) {
    const int64_t open = server_.connections.load(std::memory_order_relaxed);
    const int64_t max = server_.options.limits.connections_max;
    if (open >= max + kRefusedMax) return;
    auto stream =
        tls ? server_.tls->Accept(std::move(accepted)) : net::MakePlainStream(std::move(accepted));
    if (stream == nullptr) return;
    auto connection =
        std::make_unique<Connection>(state_, std::move(stream), std::move(peer), open >= max);
    Connection& started = *connection;
    state_.Adopt(std::move(connection));
    started.Start();
  }

  void OnNoDescriptors(int refused) {
    constexpr std::string_view kAnswer =
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\n"
        "Content-Type: text/plain\r\nContent-Length: 39\r\n\r\n"
        "the server has too many files open now\n";
    // Best effort: there is no descriptor for anything better.
    [[maybe_unused]] const ssize_t sent =
        send(refused, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    shutdown(refused, SHUT_WR);
    // Closing with bytes unread would reset the connection, and the answer with it.
    std::array<char, 4096> unread;
    for (int i = 0; i < 16 && recv(refused, unread.data(), unread.size(), MSG_DONTWAIT) > 0; ++i) {
    }
    const int64_t second = reactor_->now().micros / 1'000'000;
    if (std::exchange(warned_second_, second) == second) return;
    log::Warning(server_.logger, "too_many_open_files")
        .Field("connections", server_.connections.load(std::memory_order_relaxed));
  }

  ServerState& server_;
  const std::unique_ptr<net::Reactor> reactor_;
  ReactorState state_;
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  int64_t warned_second_ = -1;
  std::thread thread_;
};

class EpollServer final : public Server {
 public:
  EpollServer(ServerOptions options, std::vector<Route> routes, const Clock& clock,
              log::Logger& logger)
      : state_(std::move(options), std::move(routes), clock, logger) {}

  ~EpollServer() override {
    // Workers post to reactors, and reactors give work to workers, until there are no calls.
    state_.draining.store(true);
    for (const auto& lane : lanes_) lane->CloseAll();
    if (started_) state_.WaitForCalls(Duration{-1});
    state_.workers.reset();
  }

  Result<void> Start() override {
    GANTRY_ASSERT(!started_);
    const ServerOptions& options = state_.options;
    const bool wants_tls = std::any_of(options.listen.begin(), options.listen.end(),
                                       [](const Listen& listen) { return listen.tls; });
    if (wants_tls) {
      if (!options.tls) {
        return InvalidArgument("bad_certificate", "TLS needs the files of a certificate and a key");
      }
      TRY_ASSIGN(state_.tls, net::TlsContext::Load(options.tls->certificate, options.tls->key));
    }
    for (int i = 0; i < std::max(options.reactors, 1); ++i) {
      TRY_ASSIGN(auto reactor, net::Reactor::Create(state_.clock, kTimerTick));
      lanes_.push_back(std::make_unique<Lane>(state_, std::move(reactor)));
    }
    for (const Listen& listen : options.listen) {
      TRY_ASSIGN(auto socket, net::ListenSocket::Bind(listen.address));
      for (const auto& lane : lanes_) TRY(lane->Listen(*socket, listen.tls));
      addresses_.push_back(socket->address());
      MutexLock lock(mutex_);
      sockets_.push_back(std::move(socket));
    }
    state_.workers = std::make_unique<net::WorkerPool>(
        static_cast<size_t>(std::max(options.workers, 1)),
        static_cast<size_t>(std::max(options.limits.queue_max, 0)), BlockSignals);
    for (const auto& lane : lanes_) lane->Start();
    started_ = true;
    return Ok();
  }

  std::vector<std::string> addresses() const override { return addresses_; }

  Result<void> ReloadTls() override { return state_.tls == nullptr ? Ok() : state_.tls->Reload(); }

  void Drain(Duration timeout) override {
    state_.draining.store(true);
    for (const auto& lane : lanes_) lane->Drain();
    {
      // Who connects from now on is refused, and can go elsewhere at once.
      MutexLock lock(mutex_);
      sockets_.clear();
    }
    if (!state_.WaitForCalls(timeout)) {
      log::Warning(state_.logger, "drain_timeout").Field("timeout_ms", timeout.micros / 1000);
    }
  }

  Stats stats() const override {
    const net::WorkerPool::Stats pool =
        state_.workers == nullptr ? net::WorkerPool::Stats{} : state_.workers->stats();
    return {state_.connections.load(std::memory_order_relaxed), static_cast<int64_t>(pool.queued),
            static_cast<int64_t>(pool.busy), state_.memory.used()};
  }

 private:
  ServerState state_;
  std::vector<std::string> addresses_;  // since Start
  Mutex mutex_;
  std::vector<std::unique_ptr<net::ListenSocket>> sockets_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Lane>> lanes_;
  bool started_ = false;
};

}  // namespace

std::unique_ptr<Server> MakeServer(ServerOptions options, std::vector<Route> routes,
                                   const Clock& clock, log::Logger& logger) {
  return std::make_unique<EpollServer>(std::move(options), std::move(routes), clock, logger);
}

}  // namespace gantry::http
