#include "iam/timestamp.h"

#include <chrono>
#include <cstdint>

namespace gantry::iam {
namespace {

// Reads from the front of what is left.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  bool Skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly that many digits, at most `max`; -1 when they are not there.
  int Digits(size_t count, int max) {
    if (rest_.size() < count) return -1;
    int number = 0;
    for (size_t i = 0; i < count; ++i) {
      if (rest_[i] < '0' || rest_[i] > '9') return -1;
      number = number * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return number <= max ? number : -1;
  }
  // What stands after the '.': micros; -1 when no digit is there.
  int64_t Fraction() {
    int64_t micros = 0;
    int64_t unit = 100'000;
    size_t digits = 0;
    while (digits < rest_.size() && rest_[digits] >= '0' && rest_[digits] <= '9') {
      micros += unit * (rest_[digits++] - '0');
      unit /= 10;
    }
    rest_.remove_prefix(digits);
    return digits == 0 ? -1 : micros;
  }

 private:
  std::string_view rest_;
};

// "Z", "+01:00", "-0130" to seconds east of UTC.
std::optional<int64_t> ReadZone(Reader& reader) {
  if (reader.Skip('Z')) return 0;
  const bool east = reader.Skip('+');
  if (!east && !reader.Skip('-')) return std::nullopt;
  const int hours = reader.Digits(2, 23);
  reader.Skip(':');
  const int minutes = reader.Digits(2, 59);
  if (hours < 0 || minutes < 0) return std::nullopt;
  const int64_t seconds = hours * 3600 + minutes * 60;
  return east ? seconds : -seconds;
}

// What stands after the 'T', as micros since midnight UTC.
std::optional<int64_t> ReadTimeOfDay(Reader& reader) {
  const int hour = reader.Digits(2, 23);
  if (hour < 0 || !reader.Skip(':')) return std::nullopt;
  const int minute = reader.Digits(2, 59);
  if (minute < 0) return std::nullopt;
  int second = 0;
  int64_t micros = 0;
  if (reader.Skip(':')) {
    second = reader.Digits(2, 60);
    if (second < 0) return std::nullopt;
    if (reader.Skip('.')) micros = reader.Fraction();
    if (micros < 0) return std::nullopt;
  }
  const auto zone = ReadZone(reader);
  if (!zone) return std::nullopt;
  return (hour * 3600 + minute * 60 + second - *zone) * 1'000'000 + micros;
}

}  // namespace

std::optional<Time> ParseTimestamp(std::string_view text) {
  Reader reader(text);
  const int year = reader.Digits(4, 9999);
  if (year < 1970 || !reader.Skip('-')) return std::nullopt;
  const int month = reader.Digits(2, 12);
  if (month < 1 || !reader.Skip('-')) return std::nullopt;
  const int day = reader.Digits(2, 31);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (day < 1 || !date.ok()) return std::nullopt;
  int64_t micros = std::chrono::sys_days(date).time_since_epoch().count() * int64_t{86'400'000'000};
  if (!reader.AtEnd()) {
    if (!reader.Skip('T')) return std::nullopt;
    const auto time_of_day = ReadTimeOfDay(reader);
    if (!time_of_day || !reader.AtEnd()) return std::nullopt;
    micros += *time_of_day;
  }
  if (micros < 0) return std::nullopt;
  return Time{micros};
}

}  // namespace gantry::iam
