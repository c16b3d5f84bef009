#include "report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace loadgen {

double Latencies::PercentileMs(double share) {
  if (samples_.empty()) return 0;
  const double exact_rank = std::ceil(share * static_cast<double>(samples_.size()));
  const auto rank = static_cast<size_t>(std::max(exact_rank, 1.0)) - 1;
  const auto nth = samples_.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(samples_.begin(), nth, samples_.end());
  return std::chrono::duration<double, std::milli>(*nth).count();
}

void JsonLine::Quoted(std::string_view value) {
  text_.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') text_.push_back('\\');
    if (static_cast<unsigned char>(c) >= 0x20) text_.push_back(c);
  }
  text_.push_back('"');
}

void JsonLine::Key(std::string_view key) {
  if (text_.size() > 1) text_.push_back(',');
  Quoted(key);
  text_.push_back(':');
}

JsonLine& JsonLine::Text(std::string_view key, std::string_view value) {
  Key(key);
  Quoted(value);
  return *this;
}

JsonLine& JsonLine::Number(std::string_view key, double value) {
  std::array<char, 64> digits{};
  std::snprintf(digits.data(), digits.size(), "%.6g", value);
  Key(key);
  text_ += digits.data();
  return *this;
}

JsonLine& JsonLine::Count(std::string_view key, uint64_t value) {
  Key(key);
  text_ += std::to_string(value);
  return *this;
}

JsonLine& JsonLine::Timings(Latencies& latencies) {
  return Count("count", latencies.count())
      .Number("p50_ms", latencies.PercentileMs(0.50))
      .Number("p90_ms", latencies.PercentileMs(0.90))
      .Number("p99_ms", latencies.PercentileMs(0.99))
      .Number("max_ms", latencies.PercentileMs(1.0));
}

JsonLine& JsonLine::Loop(const LoopResult& result) {
  Number("seconds", result.seconds)
      .Number("client_cpu_s", result.client_cpu_seconds)
      .Count("errors", result.errors)
      .Count("reconnects", result.reconnects);
  if (result.errors > 0) Text("first_error", result.first_error);
  return *this;
}

void JsonLine::Print() const {
  std::printf("%s\n", ToString().c_str());
  std::fflush(stdout);
}

}  // namespace loadgen
