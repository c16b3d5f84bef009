#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace gantry::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// One line being written, a JSON object: {"time":"…","level":"info","event":"…", fields…}. Built on
// the stack of the caller and handed to the logger when it is destroyed.
class Logger;
class Line {
 public:
  Line(Logger& logger, Level level, std::string_view event);
  ~Line();
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Line& Field(std::string_view key, std::string_view text);
  Line& Field(std::string_view key, const char* text) { return Field(key, std::string_view(text)); }
  Line& Field(std::string_view key, int64_t number);
  Line& Field(std::string_view key, uint64_t number);
  Line& Field(std::string_view key, bool value);
  // What JSON cannot say (infinity, not a number) becomes null.
  Line& Field(std::string_view key, double number);
  // The other integers.
  template <std::integral T>
  Line& Field(std::string_view key, T number) {
    if constexpr (std::signed_integral<T>) {
      return Field(key, static_cast<int64_t>(number));
    } else {
      return Field(key, static_cast<uint64_t>(number));
    }
  }

 private:
  void Key(std::string_view key);
  Line& Literal(std::string_view key, std::string_view literal);

  Logger* logger_;  // nullptr when the level is off
  Level level_;
  std::string text_;
};

// Writes lines of JSON to a file descriptor. Lines are buffered and written by a thread of its own
// (at the latest after 100 ms, at once from kWarning on), so that a reactor never waits; when more
// than 8 MiB wait, lines are dropped and their number is logged.
// Threads: all methods from any thread.
class Logger {
 public:
  // `fd` is borrowed.
  Logger(int fd, Level level);
  ~Logger();  // writes what waits
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  bool Enabled(Level level) const;
  // `line` ends with '\n'.
  void Write(Level level, std::string_view line);
  // Blocks until everything written before is in the file.
  void Flush();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

inline Line Debug(Logger& logger, std::string_view event) {
  return Line(logger, Level::kDebug, event);
}
inline Line Info(Logger& logger, std::string_view event) {
  return Line(logger, Level::kInfo, event);
}
inline Line Warning(Logger& logger, std::string_view event) {
  return Line(logger, Level::kWarning, event);
}
inline Line Failure(Logger& logger, std::string_view event) {
  return Line(logger, Level::kError, event);
}

}  // namespace gantry::log
