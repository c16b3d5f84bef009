#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "core/store.h"
#include "iam/principal.h"

namespace gantry::core {

// The kind of account document whose names are ARNs of principals whose pulls are not noted (ECR:
// pull-time update exclusions).
inline constexpr const char* kPullExclusionKind = "ecr.pull_time_exclusion";

// Notes when manifests were pulled last. A pull costs one look into a set in memory; a task writes
// the sets down every minute, each manifest at most once an hour. What a crash loses is the last
// minute, and nothing but the times.
// Pulls by nodes and workloads are pins, too: what a machine has pulled may be running there. Such
// a pin has the principal as its source ("node:worker-1") and ends `node_pin_period` after the last
// pull.
// Threads: all methods from any thread; Note does not block, Flush does.
class Pulls {
 public:
  // `node_pin_period` zero: pulls are no pins.
  Pulls(const Store& store, Duration node_pin_period)
      : store_(store), node_pin_period_(node_pin_period) {}

  // `key` is the text of a RepositoryKey.
  void Note(std::string_view key, std::string_view digest, const iam::Principal& principal);

  // Writes down what was noted; returns how many times were written. What could not be written is
  // forgotten.
  Result<int64_t> Flush();

 private:
  struct PullView {
    std::string_view key;
    std::string_view digest;
    std::string_view puller;
  };
  struct Pull {
    std::string key;
    std::string digest;
    std::string puller;  // a principal's text, when the pull is to be a pin; else ""
    PullView view() const { return {key, digest, puller}; }
  };
  static PullView ViewOf(const Pull& pull) { return pull.view(); }
  static PullView ViewOf(const PullView& view) { return view; }
  struct Hash {
    using is_transparent = void;
    template <typename P>
    size_t operator()(const P& pull) const {
      const std::hash<std::string_view> hash;
      const PullView view = ViewOf(pull);
      return (hash(view.digest) * 31 + hash(view.key)) * 31 + hash(view.puller);
    }
  };
  struct Same {
    using is_transparent = void;
    template <typename A, typename B>
    bool operator()(const A& left, const B& right) const {
      const PullView a = ViewOf(left);
      const PullView b = ViewOf(right);
      return a.digest == b.digest && a.key == b.key && a.puller == b.puller;
    }
  };
  using Noted = std::unordered_set<Pull, Hash, Same>;
  struct Shard {
    Mutex mutex;
    Noted noted GUARDED_BY(mutex);
  };
  // ARNs by account.
  using Exclusions = std::map<std::string, std::set<std::string>, std::less<>>;

  static constexpr size_t kShards = 16;
  static constexpr size_t kNotedMax = 16'384;  // in one shard; what comes beyond is not noted

  bool IsExcluded(const iam::Principal& principal) const;
  Result<void> WritePulls(const std::vector<Pull>& pulls, int64_t& written);
  Result<void> WritePin(db::Tx& tx, const Pull& pull, Time now);
  Result<void> ReadExclusions(const std::set<std::string, std::less<>>& accounts);

  Store store_;
  const Duration node_pin_period_;
  std::array<Shard, kShards> shards_;
  // Replaced as a whole; nullptr: there are none. An immutable snapshot, shared with readers.
  std::shared_ptr<const Exclusions> exclusions_;
};

}  // namespace gantry::core
