#include "server/rate_limits.h"

#include <arpa/inet.h>

#include <algorithm>
#include <functional>

#include "base/assert.h"

namespace gantry::server {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr size_t kPrefixBytes = 8;  // of an IPv6 address

int64_t SecondsUp(int64_t micros) { return (micros + kMicrosPerSecond - 1) / kMicrosPerSecond; }

}  // namespace

RateLimits::RateLimits(const Clock& clock, const Options& options)
    : clock_(clock), options_(options) {
  GANTRY_ASSERT(options.keys_max >= kShards);
  for (const Rate& rate : options.rates) {
    GANTRY_ASSERT(rate.per_second >= 0 && rate.per_second <= kMicrosPerSecond && rate.burst >= 1);
  }
}

RateLimits::Shard& RateLimits::ShardOf(Kind kind, std::string_view key) {
  return shards_[static_cast<size_t>(kind)][std::hash<std::string_view>()(key) % kShards];
}

// A bucket is a time (the "generic cell rate algorithm"): each request takes an interval out of it,
// and time gives it back.
RateLimits::State RateLimits::StateAt(const Rate& rate, Time now, Time full_at) {
  const int64_t interval = kMicrosPerSecond / rate.per_second;
  const int64_t taken = std::max<int64_t>(0, (full_at - now).micros);
  const int64_t left = interval * rate.burst - taken;
  State state;
  state.allowed = left >= interval;
  state.remaining = std::max<int64_t>(0, left / interval);
  state.full_seconds = SecondsUp(taken);
  state.retry_seconds = state.allowed ? 0 : SecondsUp(interval - left);
  return state;
}

RateLimits::State RateLimits::Take(Kind kind, std::string_view key) {
  const Rate& rate = RateOf(kind);
  const Time now = clock_.Monotonic();
  const Duration interval = Micros(kMicrosPerSecond / rate.per_second);
  Shard& shard = ShardOf(kind, key);
  const MutexLock lock(shard.mutex);
  auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) {
    if (shard.buckets.size() >= options_.keys_max / kShards) {
      shard.by_key.erase(shard.buckets.back().key);
      shard.buckets.pop_back();
    }
    shard.buckets.push_front({std::string(key), now});
    found = shard.by_key.emplace(shard.buckets.front().key, shard.buckets.begin()).first;
  } else {
    shard.buckets.splice(shard.buckets.begin(), shard.buckets, found->second);
  }
  Time& full_at = found->second->full_at;
  if (!StateAt(rate, now, full_at).allowed) return StateAt(rate, now, full_at);
  full_at = std::max(full_at, now) + interval;
  State state = StateAt(rate, now, full_at);
  state.allowed = true;
  return state;
}

RateLimits::State RateLimits::Look(Kind kind, std::string_view key) {
  const Rate& rate = RateOf(kind);
  const Time now = clock_.Monotonic();
  Shard& shard = ShardOf(kind, key);
  const MutexLock lock(shard.mutex);
  const auto found = shard.by_key.find(key);
  return StateAt(rate, now, found == shard.by_key.end() ? now : found->second->full_at);
}

std::string AddressKey(std::string_view peer) {
  in6_addr address{};
  if (inet_pton(AF_INET6, std::string(peer).c_str(), &address) != 1) return std::string(peer);
  if (IN6_IS_ADDR_V4MAPPED(&address)) return std::string(peer);
  std::fill(address.s6_addr + kPrefixBytes, address.s6_addr + sizeof(address.s6_addr), uint8_t{0});
  char text[INET6_ADDRSTRLEN];
  inet_ntop(AF_INET6, &address, text, sizeof(text));
  return std::string(text) + "/64";
}

}  // namespace gantry::server
