#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "metrics/text.h"

namespace gantry::metrics {

// What only grows. Threads: all methods from any thread; no locks.
class Counter {
 public:
  void Add(int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// What goes up and down. Threads: all methods from any thread; no locks.
class Gauge {
 public:
  void Set(int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void Add(int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_{0};
};

// How long something took, in buckets from 100 µs to a minute; rendered in seconds.
// Threads: all methods from any thread; no locks.
class Histogram {
 public:
  static constexpr std::array<Duration, 17> kBounds = {
      Micros(100), Micros(250),  Micros(500), Millis(1),   Micros(2500), Millis(5),
      Millis(10),  Millis(25),   Millis(50),  Millis(100), Millis(250),  Millis(500),
      Seconds(1),  Millis(2500), Seconds(5),  Seconds(10), Seconds(60)};

  void Observe(Duration duration);
  int64_t count() const;
  // The lines of one histogram, `labels` as RenderLabels gives them.
  void Render(TextWriter& writer, std::string_view labels) const;

 private:
  std::array<std::atomic<int64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<int64_t> sum_micros_{0};
};

// All metrics of the program. Names and labels are fixed when a metric is added; the handle that is
// returned lives as long as the registry and is what the hot path uses.
// REQUIRES, for every Add: the name is a metric name, and the pair of name and labels is new; one
// name has one type and one help.
// Threads: all methods from any thread.
class Registry {
 public:
  using Labels = std::initializer_list<Label>;
  using Collector = std::function<void(TextWriter&)>;

  // What /metrics says it is.
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  Counter& AddCounter(std::string_view name, std::string_view help, Labels labels = {});
  Gauge& AddGauge(std::string_view name, std::string_view help, Labels labels = {});
  Histogram& AddHistogram(std::string_view name, std::string_view help, Labels labels = {});
  // A gauge that is computed when it is asked for.
  void AddGauge(std::string_view name, std::string_view help, std::function<double()> read);
  // Families of its own, written when they are asked for: for values that come together, whose
  // labels are not known before, or that can be missing. It may block, must not add metrics, and is
  // never called twice at the same time.
  void AddCollector(Collector collector);

  // Everything, in the order in which it was added.
  std::string Render() const;

 private:
  struct Family;
  struct Series;
  Series& AddSeries(std::string_view name, std::string_view help, Type type, Labels labels)
      REQUIRES_LOCK(mutex_);

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<Family>> families_ GUARDED_BY(mutex_);
};

}  // namespace gantry::metrics
