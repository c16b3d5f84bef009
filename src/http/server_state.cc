#include "http/server_state.h"

#include <sys/random.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <utility>

#include "base/assert.h"
#include "http/call.h"
#include "http/connection.h"
#include "http/response_head.h"

namespace gantry::http {
namespace {

constexpr size_t kInputBytes = 64 << 10;
constexpr size_t kPooledCalls = 64;

}  // namespace

ServerState::ServerState(ServerOptions server_options, std::vector<Route> routes,
                         const Clock& server_clock, log::Logger& server_logger)
    : options(std::move(server_options)),
      router(std::move(routes)),
      clock(server_clock),
      logger(server_logger),
      memory(options.limits.memory_bytes_max) {}

void ServerState::EndCall() {
  if (calls_.fetch_sub(1) > 1 || !draining.load()) return;
  MutexLock lock(mutex_);
  no_calls_.SignalAll();
}

bool ServerState::WaitForCalls(Duration timeout) {
  const Time end = clock.Monotonic() + timeout;
  MutexLock lock(mutex_);
  while (calls_.load() > 0) {
    if (timeout.micros < 0) {
      no_calls_.Wait(mutex_);
      continue;
    }
    const Duration left = end - clock.Monotonic();
    if (left.micros <= 0) return false;
    no_calls_.WaitFor(mutex_, std::chrono::microseconds(left.micros));
  }
  return true;
}

ReactorState::ReactorState(ServerState& server_state, net::Reactor& server_reactor)
    : server(server_state), reactor(server_reactor) {
  const auto header_bytes = static_cast<size_t>(server.options.limits.header_bytes_max);
  input.resize(std::max(kInputBytes, header_bytes + kInputBytes / 2));
  const ssize_t got = getrandom(random_.data(), sizeof random_, 0);
  GANTRY_ASSERT(got == sizeof random_);
  random_[0] |= 1;  // the generator must not be all zero
}

ReactorState::~ReactorState() = default;

std::string_view ReactorState::Date() {
  const int64_t second = reactor.wall().micros / 1'000'000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = FormatHttpDate(second);
  }
  return date_;
}

// xoshiro256** (Blackman and Vigna, 2018).
uint64_t ReactorState::NextRandom() {
  const uint64_t result = std::rotl(random_[1] * 5, 7) * 9;
  const uint64_t shifted = random_[1] << 17;
  random_[2] ^= random_[0];
  random_[3] ^= random_[1];
  random_[1] ^= random_[2];
  random_[0] ^= random_[3];
  random_[2] ^= shifted;
  random_[3] = std::rotl(random_[3], 45);
  return result;
}

void ReactorState::NewRequestId(std::string& id) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  id.resize(32);
  for (size_t half = 0; half < 2; ++half) {
    uint64_t bits = NextRandom();
    for (size_t i = 0; i < 16; ++i) {
      id[half * 16 + i] = kDigits[bits & 15];
      bits >>= 4;
    }
  }
}

std::shared_ptr<Call> ReactorState::AcquireCall() {
  if (pool_.empty()) return std::make_shared<Call>(*this);
  std::shared_ptr<Call> call = std::move(pool_.back());
  pool_.pop_back();
  return call;
}

void ReactorState::ReleaseCall(std::shared_ptr<Call> call) {
  // A call that a worker or a task still knows is not used again.
  if (call.use_count() > 1 || pool_.size() >= kPooledCalls) return;
  call->Reset();
  pool_.push_back(std::move(call));
}

void ReactorState::Adopt(std::unique_ptr<Connection> connection) {
  connection->set_index(connections_.size());
  connections_.push_back(std::move(connection));
}

void ReactorState::Retire(Connection& connection) {
  const size_t index = connection.index();
  std::unique_ptr<Connection> retired = std::move(connections_[index]);
  if (index + 1 != connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->set_index(index);
  }
  connections_.pop_back();
  reactor.Retire(std::move(retired));
}

}  // namespace gantry::http
