#include "base/json_string.h"

#include <gtest/gtest.h>

namespace gantry {
namespace {

std::string Quote(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

TEST(JsonStringTest, EscapesWhatMustBe) {
  EXPECT_EQ(Quote(""), R"("")");
  EXPECT_EQ(Quote("a/b c"), R"("a/b c")");
  EXPECT_EQ(Quote("say \"hi\"\\"), R"("say \"hi\"\\")");
  EXPECT_EQ(Quote("\n\r\t"), R"("\n\r\t")");
  EXPECT_EQ(Quote(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
}

TEST(JsonStringTest, KeepsUtf8) {
  for (const char* text : {"é", "€", "日本語", "😀", "a😀b"})
    EXPECT_EQ(Quote(text), std::string("\"").append(text).append("\""));
}

TEST(JsonStringTest, ReplacesWhatIsNotUtf8) {
  const std::string bad = "\xef\xbf\xbd";
  EXPECT_EQ(Quote("\xff"), "\"" + bad + "\"");
  EXPECT_EQ(Quote("a\x80z"), "\"a" + bad + "z\"");
  EXPECT_EQ(Quote("\xc3"), "\"" + bad + "\"");                                // cut off
  EXPECT_EQ(Quote("\xe2\x82"), "\"" + bad + bad + "\"");                      // cut off
  EXPECT_EQ(Quote("\xc0\xaf"), "\"" + bad + bad + "\"");                      // overlong
  EXPECT_EQ(Quote("\xe0\x80\xaf"), "\"" + bad + bad + bad + "\"");            // overlong
  EXPECT_EQ(Quote("\xed\xa0\x80"), "\"" + bad + bad + bad + "\"");            // surrogate
  EXPECT_EQ(Quote("\xf4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");  // too high
  EXPECT_EQ(Quote("\xc3\"x"), "\"" + bad + "\\\"x\"");                        // quote survives
}

TEST(JsonStringTest, SequenceLengths) {
  EXPECT_EQ(Utf8SequenceLength(""), 0U);
  EXPECT_EQ(Utf8SequenceLength(std::string_view("\0", 1)), 1U);
  EXPECT_EQ(Utf8SequenceLength("éa"), 2U);
  EXPECT_EQ(Utf8SequenceLength("€a"), 3U);
  EXPECT_EQ(Utf8SequenceLength("😀a"), 4U);
  EXPECT_EQ(Utf8SequenceLength("\xf5\x80\x80\x80"), 0U);
}

}  // namespace
}  // namespace gantry
