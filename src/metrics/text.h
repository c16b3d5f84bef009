#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace gantry::metrics {

struct Label {
  std::string_view name;   // [a-zA-Z_][a-zA-Z0-9_]*
  std::string_view value;  // any text; what is not UTF-8 becomes U+FFFD
};

enum class Type { kCounter, kGauge, kHistogram };

// `a="b",c="d"`, escaped as the format wants it.
std::string RenderLabels(std::span<const Label> labels);

// Writes Prometheus' text format, version 0.0.4: families, each with its samples.
// Threads: one.
class TextWriter {
 public:
  // Appends to `out`, which outlives the writer.
  explicit TextWriter(std::string& out) : out_(out) {}

  // Begins a family. REQUIRES: a name that was not written before, [a-zA-Z_:][a-zA-Z0-9_:]*.
  void Family(std::string_view name, std::string_view help, Type type);

  // A sample of the family begun last.
  void Sample(std::initializer_list<Label> labels, int64_t value);
  void Sample(std::initializer_list<Label> labels, double value);
  // With labels that are rendered already, and "_bucket", "_sum" or "_count" after the name.
  void Line(std::string_view suffix, std::string_view labels, std::string_view value);

 private:
  std::string& out_;
  std::string name_;
};

// The shortest text that reads back as the number; "+Inf", "-Inf" and "NaN" as the format has them.
std::string NumberText(double value);

}  // namespace gantry::metrics
