#include "base/clock.h"

#include <chrono>
#include <ctime>
#include <thread>

namespace gantry {
namespace {

Time Read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return {static_cast<int64_t>(ts.tv_sec) * 1'000'000 + ts.tv_nsec / 1000};
}

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDayMicros = 86'400 * kSecondMicros;

struct Date {
  int64_t year;
  int64_t month;
  int64_t day;
};

// The date of the proleptic Gregorian calendar that many days after 1970-01-01. Years are counted
// from March here, so that the leap day is the last of its year; an era is 400 years.
Date DateOf(int64_t days) {
  const int64_t since_0000_03_01 = days + 719'468;
  const int64_t era =
      (since_0000_03_01 >= 0 ? since_0000_03_01 : since_0000_03_01 - 146'096) / 146'097;
  const int64_t day_of_era = since_0000_03_01 - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, day};
}

void PutDigits(std::string& text, size_t at, size_t count, int64_t number) {
  for (size_t i = at + count; i > at; --i) {
    text[i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

}  // namespace

// By hand, because every line of the log has one: strftime and snprintf take twenty times as long.
std::string FormatTime(Time time) {
  int64_t days = time.micros / kDayMicros;
  int64_t rest = time.micros % kDayMicros;
  if (rest < 0) {
    rest += kDayMicros;
    --days;
  }
  const Date date = DateOf(days);
  std::string text = "0000-00-00T00:00:00.000000Z";
  PutDigits(text, 0, 4, date.year);
  PutDigits(text, 5, 2, date.month);
  PutDigits(text, 8, 2, date.day);
  PutDigits(text, 11, 2, rest / (3600 * kSecondMicros));
  PutDigits(text, 14, 2, rest / (60 * kSecondMicros) % 60);
  PutDigits(text, 17, 2, rest / kSecondMicros % 60);
  PutDigits(text, 20, 6, rest % kSecondMicros);
  return text;
}

Time SystemClock::Now() const { return Read(CLOCK_REALTIME); }
Time SystemClock::Monotonic() const { return Read(CLOCK_MONOTONIC); }

void SystemClock::Sleep(Duration duration) const {
  std::this_thread::sleep_for(std::chrono::microseconds(duration.micros));
}

}  // namespace gantry
