#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "http/memory_budget.h"
#include "http/router.h"
#include "http/server.h"
#include "net/reactor.h"
#include "net/tls_context.h"
#include "net/worker_pool.h"

namespace gantry::http {

class Call;
class Connection;

// What all reactors of one server share. Threads: any; the members say how.
struct ServerState {
  ServerState(ServerOptions server_options, std::vector<Route> routes, const Clock& server_clock,
              log::Logger& server_logger);

  const ServerOptions options;
  const Router router;
  const Clock& clock;
  log::Logger& logger;
  MemoryBudget memory;
  std::unique_ptr<net::WorkerPool> workers;  // set for as long as there are calls
  std::unique_ptr<net::TlsContext> tls;      // set before the reactors start, if there is TLS
  std::atomic<int64_t> connections{0};
  std::atomic<bool> draining{false};

  // Calls in flight.
  void BeginCall() { calls_.fetch_add(1, std::memory_order_relaxed); }
  void EndCall();
  // Blocks until there are no calls or the time is over (negative: for ever); true if there are
  // none. REQUIRES: draining.
  bool WaitForCalls(Duration timeout);

 private:
  std::atomic<int64_t> calls_{0};
  Mutex mutex_;
  CondVar no_calls_;
};

// What the connections of one reactor share. Threads: the reactor's.
class ReactorState {
 public:
  ReactorState(ServerState& server, net::Reactor& reactor);
  ~ReactorState();
  ReactorState(const ReactorState&) = delete;
  ReactorState& operator=(const ReactorState&) = delete;

  ServerState& server;
  net::Reactor& reactor;

  // Bytes just received; valid until the connection's turn ends.
  std::vector<char> input;
  // The head of an answer while it is written.
  std::string output;

  // Now as HTTP writes it.
  std::string_view Date();
  // 32 hexadecimal digits, different for each call; not secret.
  void NewRequestId(std::string& id);

  std::shared_ptr<Call> AcquireCall();
  void ReleaseCall(std::shared_ptr<Call> call);

  // Connections are owned here until they are retired.
  void Adopt(std::unique_ptr<Connection> connection);
  void Retire(Connection& connection);
  const std::vector<std::unique_ptr<Connection>>& connections() const { return connections_; }

 private:
  uint64_t NextRandom();

  std::array<uint64_t, 4> random_{};
  int64_t date_second_ = -1;
  std::string date_;
  std::vector<std::shared_ptr<Call>> pool_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace gantry::http
