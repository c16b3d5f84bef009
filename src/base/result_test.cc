#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <ctime>
#include <string>

#include "base/clock.h"

namespace gantry {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0)
    return InvalidArgument("odd", "the number is odd").With("number", std::to_string(n));
  return n / 2;
}

Result<int> Quarter(int n) {
  TRY_ASSIGN(const int half, Half(n));
  return Half(half);
}

Result<void> Check(int n) {
  TRY(Quarter(n));
  return Ok();
}

TEST(ResultTest, CarriesValuesAndErrors) {
  EXPECT_EQ(*Quarter(8), 2);
  const Result<int> failed = Quarter(6);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().reason(), "odd");
  EXPECT_EQ(failed.error().ToString(), "invalid_argument/odd: the number is odd number=3");
  EXPECT_TRUE(Check(8).ok());
  EXPECT_EQ(Check(7).error().code(), Code::kInvalidArgument);
}

TEST(ResultTest, ErrnoBecomesAReason) {
  EXPECT_EQ(FromErrno(ENOSPC, "write").reason(), "disk_full");
  EXPECT_EQ(FromErrno(EMFILE, "open").code(), Code::kResourceExhausted);
  EXPECT_EQ(FromErrno(ENOENT, "open").code(), Code::kNotFound);
  EXPECT_EQ(FromErrno(EACCES, "open x").message(), "open x: Permission denied");
}

TEST(TimeTest, FormatsAsRfc3339) {
  EXPECT_EQ(FormatTime({0}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(FormatTime({1'700'000'000'000'001}), "2023-11-14T22:13:20.000001Z");
  EXPECT_EQ(FormatTime({-1}), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTime({951'782'400'000'000}), "2000-02-29T00:00:00.000000Z");
  EXPECT_EQ(FormatTime({4'107'542'400'000'000}), "2100-03-01T00:00:00.000000Z");
}

TEST(TimeTest, DatesAreThoseOfTheSystem) {
  for (int64_t day = -200'000; day < 200'000; day += 37) {
    const std::time_t seconds = day * 86'400;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char date[32];
    std::strftime(date, sizeof date, "%Y-%m-%dT", &parts);
    EXPECT_EQ(FormatTime({seconds * 1'000'000}).substr(0, 11), date);
  }
}

}  // namespace
}  // namespace gantry
