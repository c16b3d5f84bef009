#include "metrics/metrics.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace gantry::metrics {
namespace {

double SecondsOf(int64_t micros) { return static_cast<double>(micros) / 1e6; }

}  // namespace

void Histogram::Observe(Duration duration) {
  size_t bucket = 0;
  while (bucket < kBounds.size() && duration > kBounds[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_micros_.fetch_add(duration.micros, std::memory_order_relaxed);
}

int64_t Histogram::count() const {
  int64_t count = 0;
  for (const auto& bucket : buckets_) count += bucket.load(std::memory_order_relaxed);
  return count;
}

void Histogram::Render(TextWriter& writer, std::string_view labels) const {
  std::string with_bound(labels);
  if (!labels.empty()) with_bound += ',';
  const size_t prefix = with_bound.size();
  int64_t cumulative = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    cumulative += buckets_[i].load(std::memory_order_relaxed);
    with_bound.resize(prefix);
    with_bound += "le=\"";
    with_bound += i < kBounds.size() ? NumberText(SecondsOf(kBounds[i].micros)) : "+Inf";
    with_bound += '"';
    writer.Line("_bucket", with_bound, std::to_string(cumulative));
  }
  writer.Line("_sum", labels, NumberText(SecondsOf(sum_micros_.load(std::memory_order_relaxed))));
  writer.Line("_count", labels, std::to_string(cumulative));
}

// Of the members behind the labels, the one of the family's type is there.
struct Registry::Series {
  std::string labels;
  std::unique_ptr<Counter> counter;
  std::unique_ptr<Gauge> gauge;
  std::unique_ptr<Histogram> histogram;
};

// Either series or a collector.
struct Registry::Family {
  std::string name;
  std::string help;
  Type type = Type::kGauge;
  std::vector<std::unique_ptr<Series>> series;
  Collector collector;

  void Render(TextWriter& writer) const {
    if (collector) return collector(writer);
    writer.Family(name, help, type);
    for (const auto& one : series) {
      if (one->histogram) {
        one->histogram->Render(writer, one->labels);
      } else {
        const int64_t value = one->counter ? one->counter->value() : one->gauge->value();
        writer.Line("", one->labels, std::to_string(value));
      }
    }
  }
};

Registry::Registry() = default;
Registry::~Registry() = default;

Registry::Series& Registry::AddSeries(std::string_view name, std::string_view help, Type type,
                                      Labels labels) {
  auto family = std::find_if(families_.begin(), families_.end(),
                             [&](const auto& candidate) { return candidate->name == name; });
  if (family == families_.end()) {
    family = families_.insert(families_.end(), std::make_unique<Family>());
    (*family)->name = name;
    (*family)->help = help;
    (*family)->type = type;
  }
  GANTRY_ASSERT((*family)->type == type && (*family)->help == help && !(*family)->collector);
  auto series = std::make_unique<Series>();
  series->labels = RenderLabels({labels.begin(), labels.size()});
  for (const auto& other : (*family)->series) GANTRY_ASSERT(other->labels != series->labels);
  return *(*family)->series.emplace_back(std::move(series));
}

Counter& Registry::AddCounter(std::string_view name, std::string_view help, Labels labels) {
  MutexLock lock(mutex_);
  Series& series = AddSeries(name, help, Type::kCounter, labels);
  series.counter = std::make_unique<Counter>();
  return *series.counter;
}

Gauge& Registry::AddGauge(std::string_view name, std::string_view help, Labels labels) {
  MutexLock lock(mutex_);
  Series& series = AddSeries(name, help, Type::kGauge, labels);
  series.gauge = std::make_unique<Gauge>();
  return *series.gauge;
}

Histogram& Registry::AddHistogram(std::string_view name, std::string_view help, Labels labels) {
  MutexLock lock(mutex_);
  Series& series = AddSeries(name, help, Type::kHistogram, labels);
  series.histogram = std::make_unique<Histogram>();
  return *series.histogram;
}

void Registry::AddGauge(std::string_view name, std::string_view help,
                        std::function<double()> read) {
  AddCollector([name = std::string(name), help = std::string(help),
                read = std::move(read)](TextWriter& writer) {
    writer.Family(name, help, Type::kGauge);
    writer.Sample({}, read());
  });
}

void Registry::AddCollector(Collector collector) {
  MutexLock lock(mutex_);
  families_.push_back(std::make_unique<Family>());
  families_.back()->collector = std::move(collector);
}

std::string Registry::Render() const {
  MutexLock lock(mutex_);
  std::string text;
  TextWriter writer(text);
  for (const auto& family : families_) family->Render(writer);
  return text;
}

}  // namespace gantry::metrics
