#include "json/document.h"

#include <gtest/gtest.h>

#include <string>

namespace gantry::json {
namespace {

std::string Times(size_t n, std::string_view text) {
  std::string all;
  for (size_t i = 0; i < n; ++i) all += text;
  return all;
}

std::string ReasonOf(std::string_view text, const Limits& limits = {}) {
  const auto document = Document::Parse(text, limits);
  return document.ok() ? "" : std::string(document.error().reason());
}

TEST(DocumentTest, Scalars) {
  EXPECT_TRUE(Document::Parse("null")->root().IsNull());
  EXPECT_EQ(Document::Parse(" true ")->root().Bool(), true);
  EXPECT_EQ(Document::Parse("false")->root().Bool(), false);
  EXPECT_EQ(Document::Parse("-9223372036854775808")->root().Int(), INT64_MIN);
  EXPECT_EQ(Document::Parse("9223372036854775807")->root().Int(), INT64_MAX);
  EXPECT_EQ(Document::Parse("0.5")->root().Double(), 0.5);
  EXPECT_EQ(Document::Parse("3")->root().Double(), 3.0);
  EXPECT_EQ(Document::Parse("\"a\"\n")->root().String(), "a");
}

TEST(DocumentTest, NumbersThatAreNoInt) {
  for (const char* text :
       {"1.0", "1e3", "9223372036854775808", "18446744073709551615", "99999999999999999999999"})
    EXPECT_EQ(Document::Parse(text)->root().Int(), std::nullopt) << text;
}

TEST(DocumentTest, DoublesAreTheNearest) {
  EXPECT_EQ(Document::Parse("0.1")->root().Double(), 0.1);
  EXPECT_EQ(Document::Parse("7.758044444444444e65")->root().Double(), 7.758044444444444e65);
  EXPECT_EQ(Document::Parse("-1.7976931348623157e308")->root().Double(), -1.7976931348623157e308);
  EXPECT_EQ(Document::Parse("5e-324")->root().Double(), 5e-324);
  EXPECT_EQ(Document::Parse("18446744073709551616")->root().Double(), 18446744073709551616.0);
}

TEST(DocumentTest, KindsDoNotMix) {
  const auto document = Document::Parse(R"(["1",1,true,null,{},[]])");
  ASSERT_TRUE(document.ok());
  int strings = 0, ints = 0, bools = 0;
  for (const Value item : document->root().Items()) {
    strings += item.String().has_value();
    ints += item.Int().has_value();
    bools += item.Bool().has_value();
    EXPECT_EQ(item.size(), 0U);
    EXPECT_FALSE(item.Find("a"));
    for (const auto member : item.Members()) ADD_FAILURE() << member.key;
  }
  EXPECT_EQ(strings, 1);
  EXPECT_EQ(ints, 1);
  EXPECT_EQ(bools, 1);
}

TEST(DocumentTest, ObjectsAndArrays) {
  const auto document =
      Document::Parse(R"({"a":[1,[2,{"x":3}],"s"],"b":{"c":{"d":null}},"e":7,"":"empty"})");
  ASSERT_TRUE(document.ok());
  const Value root = document->root();
  EXPECT_EQ(root.size(), 4U);
  EXPECT_EQ(root.Find("e").Int(), 7);
  EXPECT_EQ(root.Find("").String(), "empty");
  EXPECT_TRUE(root.Find("b").Find("c").Find("d").IsNull());
  EXPECT_FALSE(root.Find("c"));
  std::string seen;
  for (const Value item : root.Find("a").Items()) seen += std::to_string(item.size()) + ",";
  EXPECT_EQ(seen, "0,2,0,");
  std::string keys;
  for (const auto [key, value] : root.Members()) keys += std::string(key) + ";";
  EXPECT_EQ(keys, "a;b;e;;");
}

TEST(DocumentTest, Strings) {
  const auto document = Document::Parse(
      R"({"plain":"abc","esc\n":"\"\\\/\b\f\n\r\t","uni":"\u00e9\ud83d\ude00","nul":"a\u0000b","utf":"é"})");
  ASSERT_TRUE(document.ok());
  const Value root = document->root();
  EXPECT_EQ(root.Find("plain").String(), "abc");
  EXPECT_EQ(root.Find("esc\n").String(), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(root.Find("uni").String(), "é😀");
  EXPECT_EQ(root.Find("nul").String(), std::string_view("a\0b", 3));
  EXPECT_EQ(root.Find("utf").String(), "é");
}

TEST(DocumentTest, LongStringsWithEscapesStayWhole) {
  std::string text = "[";
  for (int i = 0; i < 200; ++i)
    text += (i > 0 ? ",\"" : "\"") + std::string(100, 'x') + "\\n" + std::to_string(i) + "\"";
  text += "]";
  const auto document = Document::Parse(text);
  ASSERT_TRUE(document.ok());
  int i = 0;
  for (const Value item : document->root().Items()) {
    EXPECT_EQ(item.String(), std::string(100, 'x') + "\n" + std::to_string(i));
    ++i;
  }
  EXPECT_EQ(i, 200);
}

TEST(DocumentTest, MovesWithoutLosingItsValues) {
  auto document = Document::Parse(R"({"a":"b"})");
  ASSERT_TRUE(document.ok());
  const Value root = document->root();
  const Document moved = std::move(*document);
  EXPECT_EQ(root.Find("a").String(), "b");
  EXPECT_EQ(moved.root().Find("a").String(), "b");
}

TEST(DocumentTest, RefusesWhatIsNotJson) {
  const std::string texts[] = {"",
                               " ",
                               "{",
                               "}",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "[1,]",
                               "{a:1}",
                               "{'a':1}",
                               "01",
                               "+1",
                               ".5",
                               "1.",
                               "NaN",
                               "Infinity",
                               "tru",
                               "nulll",
                               "\"a",
                               "\"\n\"",
                               "\"\\x\"",
                               "\"\\ud800\"",
                               "\"\\u12\"",
                               "\"\xff\"",
                               "\"\xc0\xaf\"",
                               "\"\xed\xa0\x80\"",
                               "\xef\xbb\xbf{}",
                               "{} {}",
                               "1 2",
                               "// c\n1",
                               "[1]x",
                               std::string("1\0", 2)};
  for (const auto& text : texts) EXPECT_EQ(ReasonOf(text), "json_invalid") << text;
}

TEST(DocumentTest, RefusesDuplicateKeys) {
  EXPECT_EQ(ReasonOf(R"({"a":1,"a":1})"), "json_invalid");
  EXPECT_EQ(ReasonOf(R"({"a":1,"\u0061":2})"), "json_invalid");
  EXPECT_EQ(ReasonOf(R"([{"b":{"x":1,"y":{},"x":2}}])"), "json_invalid");
  EXPECT_EQ(ReasonOf(R"({"a":{"a":{"a":1}},"b":{"a":1}})"), "");
  std::string many = "{";
  for (int i = 0; i < 100; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(ReasonOf(many + "\"z\":0}"), "");
  EXPECT_EQ(ReasonOf(many + "\"k50\":0}"), "json_invalid");
  EXPECT_NE(Document::Parse(R"({"a":1,"a":1})").error().message().find("same key twice"),
            std::string::npos);
}

TEST(DocumentTest, Limits) {
  EXPECT_EQ(ReasonOf(Times(32, "[") + Times(32, "]")), "");
  EXPECT_EQ(ReasonOf(Times(33, "[") + Times(33, "]")), "json_invalid");
  EXPECT_EQ(ReasonOf(Times(100'000, "{\"a\":")), "json_invalid");
  EXPECT_EQ(ReasonOf("[1,2]", {5, 1, 3}), "");
  EXPECT_EQ(ReasonOf("[1,2]", {4, 1, 3}), "json_too_large");
  EXPECT_EQ(ReasonOf("[1,2]", {5, 0, 3}), "json_invalid");
  EXPECT_EQ(ReasonOf("[1,2]", {5, 1, 2}), "json_invalid");
  EXPECT_EQ(Document::Parse("[1,2]", {4, 1, 3}).error().code(), Code::kTooLarge);
}

TEST(DocumentTest, SaysWhere) {
  const auto document = Document::Parse("{\"a\": x}");
  ASSERT_FALSE(document.ok());
  ASSERT_EQ(document.error().detail().size(), 1U);
  EXPECT_EQ(document.error().detail()[0].first, "offset");
  EXPECT_EQ(document.error().detail()[0].second, "6");
  EXPECT_NE(document.error().message().find("at byte 6"), std::string::npos);
}

}  // namespace
}  // namespace gantry::json
