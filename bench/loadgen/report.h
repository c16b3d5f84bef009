#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "closed_loop.h"

namespace loadgen {

// Every latency of a run; exact percentiles.
class Latencies {
 public:
  void Add(Clock::duration latency) { samples_.push_back(latency); }
  uint64_t count() const { return samples_.size(); }

  // Milliseconds; `share` in [0, 1]; 0 when nothing was added. Nearest rank. Reorders the samples.
  double PercentileMs(double share);

 private:
  std::vector<Clock::duration> samples_;
};

// One JSON object on one line.
class JsonLine {
 public:
  JsonLine& Text(std::string_view key, std::string_view value);
  JsonLine& Number(std::string_view key, double value);
  JsonLine& Count(std::string_view key, uint64_t value);
  JsonLine& Timings(Latencies& latencies);   // count, p50_ms, p90_ms, p99_ms, max_ms
  JsonLine& Loop(const LoopResult& result);  // seconds, client_cpu_s, errors, reconnects

  void Print() const;  // to standard output, flushed
  std::string ToString() const { return text_ + "}"; }

 private:
  void Key(std::string_view key);
  void Quoted(std::string_view value);

  std::string text_ = "{";
};

}  // namespace loadgen
