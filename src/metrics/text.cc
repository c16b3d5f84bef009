#include "metrics/text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/assert.h"
#include "base/json_string.h"

namespace gantry::metrics {
namespace {

std::string_view TypeName(Type type) {
  switch (type) {
    case Type::kCounter:
      return "counter";
    case Type::kGauge:
      return "gauge";
    case Type::kHistogram:
      return "histogram";
  }
  return "untyped";
}

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

bool IsName(std::string_view name) {
  return !name.empty() && IsNameStart(name[0]) && std::all_of(name.begin(), name.end(), [](char c) {
    return IsNameStart(c) || (c >= '0' && c <= '9');
  });
}

void AppendEscaped(std::string& out, std::string_view text, bool escape_quotes) {
  while (!text.empty()) {
    const char c = text[0];
    const size_t length = Utf8SequenceLength(text);
    if (c == '\\' || c == '\n' || (c == '"' && escape_quotes)) {
      out += '\\';
      out += c == '\n' ? 'n' : c;
    } else if (length == 0) {
      out += "\xef\xbf\xbd";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
}

}  // namespace

std::string RenderLabels(std::span<const Label> labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    GANTRY_ASSERT(IsName(name));
    if (!text.empty()) text += ',';
    text += name;
    text += "=\"";
    AppendEscaped(text, value, true);
    text += '"';
  }
  return text;
}

void TextWriter::Family(std::string_view name, std::string_view help, Type type) {
  GANTRY_ASSERT(IsName(name));
  name_ = name;
  out_ += "# HELP ";
  out_ += name_;
  out_ += ' ';
  AppendEscaped(out_, help, false);
  out_ += "\n# TYPE ";
  out_ += name_;
  out_ += ' ';
  out_ += TypeName(type);
  out_ += '\n';
}

void TextWriter::Sample(std::initializer_list<Label> labels, int64_t value) {
  Line("", RenderLabels({labels.begin(), labels.size()}), std::to_string(value));
}

void TextWriter::Sample(std::initializer_list<Label> labels, double value) {
  Line("", RenderLabels({labels.begin(), labels.size()}), NumberText(value));
}

void TextWriter::Line(std::string_view suffix, std::string_view labels, std::string_view value) {
  out_ += name_;
  out_ += suffix;
  if (!labels.empty()) {
    out_ += '{';
    out_ += labels;
    out_ += '}';
  }
  out_ += ' ';
  out_ += value;
  out_ += '\n';
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  // Bounds of buckets are labels, compared as text: 0.0001, never 1e-04.
  const double magnitude = std::fabs(value);
  const bool plain = magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e15);
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                 plain ? std::chars_format::fixed : std::chars_format::general)
                       .ptr;
  return std::string(digits, end);
}

}  // namespace gantry::metrics
