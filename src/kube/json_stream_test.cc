#include "kube/json_stream.h"

#include <gtest/gtest.h>

#include <vector>

namespace gantry::kube {
namespace {

struct Split {
  std::vector<std::string> items;
  std::string rest;
};

Split SplitBy(const std::string& text, size_t piece) {
  Split split;
  ListSplitter splitter([&](std::string_view item) {
    split.items.emplace_back(item);
    return Ok();
  });
  for (size_t at = 0; at < text.size(); at += piece)
    EXPECT_TRUE(splitter.Add(std::string_view(text).substr(at, piece)).ok());
  split.rest = splitter.rest();
  return split;
}

TEST(JsonStreamTest, ItemsAreTakenOutWhereverThePiecesEnd) {
  const std::string text =
      R"({"kind":"PodList","metadata":{"continue":"x","items":[1]},"items":[ {"a":"}]\"{"}, )"
      R"({"items":[{"b":1}]},{}],"after":["items",[2]]})";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    const Split split = SplitBy(text, piece);
    EXPECT_EQ(split.items,
              (std::vector<std::string>{R"({"a":"}]\"{"})", R"({"items":[{"b":1}]})", "{}"}));
    EXPECT_EQ(split.rest, R"({"kind":"PodList","metadata":{"continue":"x","items":[1]},)"
                          R"("items":[],"after":["items",[2]]})");
  }
}

TEST(JsonStreamTest, AListWithoutItemsIsItsRest) {
  for (const char* text : {R"({"items":null,"metadata":{}})", R"({"items":[]})", "{}", "[[{}]]"}) {
    const Split split = SplitBy(text, 3);
    EXPECT_TRUE(split.items.empty()) << text;
    EXPECT_EQ(split.rest, text);
  }
}

TEST(JsonStreamTest, AnErrorOfTheCallbackEndsIt) {
  ListSplitter splitter([](std::string_view) { return InvalidArgument("no", "no"); });
  EXPECT_EQ(splitter.Add(R"({"items":[{},{}]})").error().reason(), "no");
}

TEST(JsonStreamTest, NoObjectGrowsWithoutEnd) {
  ListSplitter list([](std::string_view) { return Ok(); });
  ASSERT_TRUE(list.Add(R"({"items":[{"a":")").ok());
  EXPECT_EQ(list.Add(std::string(kObjectBytesMax, 'x')).error().reason(), "kube_object_too_large");
  LineSplitter lines([](std::string_view) { return Ok(); });
  EXPECT_EQ(lines.Add(std::string(kObjectBytesMax + 1, 'x')).error().reason(),
            "kube_object_too_large");
}

TEST(JsonStreamTest, LinesAreTakenOutWhereverThePiecesEnd) {
  const std::string text = "{\"a\":1}\n\n{\"b\":2}\nunfinished";
  for (size_t piece = 1; piece <= text.size(); ++piece) {
    std::vector<std::string> seen;
    LineSplitter splitter([&](std::string_view line) {
      seen.emplace_back(line);
      return Ok();
    });
    for (size_t at = 0; at < text.size(); at += piece)
      ASSERT_TRUE(splitter.Add(std::string_view(text).substr(at, piece)).ok());
    EXPECT_EQ(seen, (std::vector<std::string>{"{\"a\":1}", "{\"b\":2}"}));
  }
}

}  // namespace
}  // namespace gantry::kube
