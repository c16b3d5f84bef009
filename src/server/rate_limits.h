#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/mutex.h"

namespace gantry::server {

// How often somebody may ask: a bucket for each key and kind, which holds `burst` requests and
// gains `per_second`. A key is whoever asks: a principal or an address. Buckets are kept in memory,
// per node; when there are too many, the one that was used longest ago goes: it is the fullest, as
// a rule, and whoever comes back finds a full one. A kind that is off costs one comparison.
// Threads: all methods from any thread.
class RateLimits {
 public:
  enum class Kind : uint8_t { kRead, kWrite, kLogin };
  static constexpr size_t kKinds = 3;

  struct Rate {
    int64_t per_second = 0;  // 0: off; at most 1,000,000
    int64_t burst = 1;       // at least 1
  };
  struct Options {
    std::array<Rate, kKinds> rates;  // by Kind
    size_t keys_max = 100'000;       // of each kind; at least kShards
  };

  struct State {
    bool allowed = true;
    int64_t remaining = 0;      // requests that may follow at once
    int64_t full_seconds = 0;   // until the bucket is full, rounded up
    int64_t retry_seconds = 0;  // until one request may follow, rounded up; 0: now
  };

  // `clock` outlives this.
  RateLimits(const Clock& clock, const Options& options);

  bool limits(Kind kind) const { return RateOf(kind).per_second > 0; }
  const Rate& RateOf(Kind kind) const { return options_.rates[static_cast<size_t>(kind)]; }

  // Takes one request out of the bucket, if there is one. REQUIRES: limits(kind).
  State Take(Kind kind, std::string_view key);
  // Takes nothing. `allowed`: whether Take would be. REQUIRES: limits(kind).
  State Look(Kind kind, std::string_view key);

 private:
  static constexpr size_t kShards = 16;

  struct Bucket {
    std::string key;
    Time full_at;  // when it will be full again, if nobody takes anything
  };
  // The buckets of a part of the keys, by last use.
  struct Shard {
    Mutex mutex;
    std::list<Bucket> buckets GUARDED_BY(mutex);  // the last used first
    // Views into the keys of `buckets`.
    std::unordered_map<std::string_view, std::list<Bucket>::iterator> by_key GUARDED_BY(mutex);
  };

  Shard& ShardOf(Kind kind, std::string_view key);
  static State StateAt(const Rate& rate, Time now, Time full_at);

  const Clock& clock_;
  const Options options_;
  std::array<std::array<Shard, kShards>, kKinds> shards_;
};

// The key of an address: of IPv6 its /64, since whoever has one address has the rest of it, too.
std::string AddressKey(std::string_view peer);

}  // namespace gantry::server
