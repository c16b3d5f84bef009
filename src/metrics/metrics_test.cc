#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "metrics/process.h"

namespace gantry::metrics {
namespace {

TEST(MetricsTest, CountersAndGauges) {
  Registry registry;
  Counter& get = registry.AddCounter("x_total", "Things.", {{"kind", "a"}});
  Gauge& open = registry.AddGauge("open", "Open \"things\"\nnow \\.");
  Counter& put = registry.AddCounter("x_total", "Things.", {{"kind", "b\"\\\n"}, {"y", "\xff"}});
  get.Add();
  get.Add(41);
  put.Add(7);
  open.Set(5);
  open.Add(-8);
  EXPECT_EQ(registry.Render(),
            "# HELP x_total Things.\n"
            "# TYPE x_total counter\n"
            "x_total{kind=\"a\"} 42\n"
            "x_total{kind=\"b\\\"\\\\\\n\",y=\"\xef\xbf\xbd\"} 7\n"
            "# HELP open Open \"things\"\\nnow \\\\.\n"
            "# TYPE open gauge\n"
            "open -3\n");
}

TEST(MetricsTest, ComputedWhenAsked) {
  Registry registry;
  double value = 1.5;
  registry.AddGauge("ratio", "R.", [&] { return value; });
  registry.AddCollector([](TextWriter& writer) {
    writer.Family("queue", "Q.", Type::kGauge);
    writer.Sample({{"name", "gc"}}, int64_t{3});
    writer.Sample({{"name", "scrub"}}, INFINITY);
  });
  const std::string queue =
      "# HELP queue Q.\n# TYPE queue gauge\nqueue{name=\"gc\"} 3\nqueue{name=\"scrub\"} +Inf\n";
  EXPECT_EQ(registry.Render(), "# HELP ratio R.\n# TYPE ratio gauge\nratio 1.5\n" + queue);
  value = 2;
  EXPECT_EQ(registry.Render(), "# HELP ratio R.\n# TYPE ratio gauge\nratio 2\n" + queue);
}

TEST(MetricsTest, Histograms) {
  Registry registry;
  Histogram& histogram = registry.AddHistogram("took_seconds", "T.", {{"op", "x"}});
  histogram.Observe(Micros(0));
  histogram.Observe(Micros(100));  // a bound belongs to its bucket
  histogram.Observe(Micros(101));
  histogram.Observe(Millis(2));
  histogram.Observe(Seconds(61));
  EXPECT_EQ(histogram.count(), 5);
  const std::string text = registry.Render();
  for (const char* line :
       {"# TYPE took_seconds histogram\n", "took_seconds_bucket{op=\"x\",le=\"0.0001\"} 2\n",
        "took_seconds_bucket{op=\"x\",le=\"0.00025\"} 3\n",
        "took_seconds_bucket{op=\"x\",le=\"0.001\"} 3\n",
        "took_seconds_bucket{op=\"x\",le=\"0.0025\"} 4\n",
        "took_seconds_bucket{op=\"x\",le=\"60\"} 4\n",
        "took_seconds_bucket{op=\"x\",le=\"+Inf\"} 5\n", "took_seconds_sum{op=\"x\"} 61.002201\n",
        "took_seconds_count{op=\"x\"} 5\n"})
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
}

TEST(MetricsTest, AHistogramWithoutLabels) {
  Registry registry;
  registry.AddHistogram("t", "T.").Observe(Millis(1));
  EXPECT_NE(registry.Render().find("t_bucket{le=\"0.0001\"} 0\n"), std::string::npos);
  EXPECT_NE(registry.Render().find("\nt_count 1\n"), std::string::npos);
}

TEST(MetricsTest, ManyThreadsLoseNothing) {
  Registry registry;
  Counter& counter = registry.AddCounter("c_total", "C.");
  Histogram& histogram = registry.AddHistogram("h", "H.");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 10'000; ++i) {
        counter.Add();
        histogram.Observe(Millis(i % 100));
      }
    });
  }
  while (registry.Render().empty()) std::this_thread::yield();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000);
  EXPECT_EQ(histogram.count(), 40'000);
}

TEST(MetricsTest, Numbers) {
  EXPECT_EQ(NumberText(0), "0");
  EXPECT_EQ(NumberText(0.1), "0.1");
  EXPECT_EQ(NumberText(0.000001), "0.000001");
  EXPECT_EQ(NumberText(-1700000000.5), "-1700000000.5");
  EXPECT_EQ(NumberText(1e21), "1e+21");
  EXPECT_EQ(NumberText(std::nan("")), "NaN");
  EXPECT_EQ(NumberText(-HUGE_VAL), "-Inf");
}

TEST(MetricsDeathTest, OurOwnMistakes) {
  Registry registry;
  registry.AddCounter("a_total", "A.");
  EXPECT_DEATH(registry.AddCounter("a_total", "A."), "assertion");
  EXPECT_DEATH(registry.AddGauge("a_total", "A.", {{"x", "y"}}), "assertion");
  EXPECT_DEATH(registry.AddCounter("b", "B.", {{"1x", "y"}}), "assertion");
  registry.AddCounter("b c", "B.");
  EXPECT_DEATH(registry.Render(), "assertion");
}

TEST(MetricsTest, Process) {
  Registry registry;
  AddProcessMetrics(registry, {1'700'000'000'500'000});
  const std::string text = registry.Render();
  EXPECT_NE(text.find("\nprocess_start_time_seconds 1700000000.5\n"), std::string::npos) << text;
  const auto value = [&](const std::string& name) {
    const size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + name.size() + 2, nullptr);
  };
  EXPECT_GT(value("process_resident_memory_bytes"), 100'000);
  EXPECT_GE(value("process_open_fds"), 3);
  EXPECT_GE(value("process_max_fds"), value("process_open_fds"));
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
}

}  // namespace
}  // namespace gantry::metrics
