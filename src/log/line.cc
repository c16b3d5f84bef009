#include <charconv>
#include <cmath>

#include "base/clock.h"
#include "base/json_string.h"
#include "log/line_start.h"
#include "log/log.h"

namespace gantry::log {
namespace {

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void AppendLineStart(std::string& out, Level level, std::string_view event) {
  out += R"({"time":")";
  out += FormatTime(SystemClock().Now());
  out += R"(","level":")";
  out += LevelName(level);
  out += R"(","event":)";
  AppendJsonString(out, event);
}

Line::Line(Logger& logger, Level level, std::string_view event)
    : logger_(logger.Enabled(level) ? &logger : nullptr), level_(level) {
  if (logger_ == nullptr) return;
  text_.reserve(512);
  AppendLineStart(text_, level, event);
}

Line::~Line() {
  if (logger_ == nullptr) return;
  text_ += "}\n";
  logger_->Write(level_, text_);
}

Line& Line::Field(std::string_view key, std::string_view text) {
  if (logger_ == nullptr) return *this;
  Key(key);
  AppendJsonString(text_, text);
  return *this;
}

Line& Line::Field(std::string_view key, int64_t number) {
  if (logger_ == nullptr) return *this;
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return Literal(key, std::string_view(digits, static_cast<size_t>(end - digits)));
}

Line& Line::Field(std::string_view key, uint64_t number) {
  if (logger_ == nullptr) return *this;
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return Literal(key, std::string_view(digits, static_cast<size_t>(end - digits)));
}

Line& Line::Field(std::string_view key, double number) {
  if (logger_ == nullptr) return *this;
  if (!std::isfinite(number)) return Literal(key, "null");
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  return Literal(key, std::string_view(digits, static_cast<size_t>(end - digits)));
}

Line& Line::Field(std::string_view key, bool value) {
  return Literal(key, value ? "true" : "false");
}

void Line::Key(std::string_view key) {
  text_ += ',';
  AppendJsonString(text_, key);
  text_ += ':';
}

Line& Line::Literal(std::string_view key, std::string_view literal) {
  if (logger_ == nullptr) return *this;
  Key(key);
  text_ += literal;
  return *this;
}

}  // namespace gantry::log
