#include "oci/fields.h"

#include <gtest/gtest.h>

namespace gantry::oci {
namespace {

TEST(FieldTest, Paths) {
  const Field layers{nullptr, "layers", 3};
  EXPECT_EQ(layers.Path(), "layers[3]");
  const Field urls{&layers, "urls", 0};
  EXPECT_EQ(urls.Path(), "layers[3].urls[0]");
  EXPECT_EQ(Field{}.Path(), "");
  const Error error = FieldInvalid(urls, "must be a string");
  EXPECT_EQ(error.message(), "the manifest is refused: layers[3].urls[0] must be a string");
  EXPECT_EQ(error.detail(), (Error::Detail{{"field", "layers[3].urls[0]"}}));
}

TEST(FieldTest, FoldsAsGoDoes) {
  for (const char* text : {"size", "SIZE", "Size", "\u017fize", "\u017fIZE"})
    EXPECT_TRUE(EqualsFolded(text, "size")) << text;
  for (const char* text : {"", "siz", "sizes", "s\u0131ze", "\u212aize", "\u017f"})
    EXPECT_FALSE(EqualsFolded(text, "size")) << text;
  EXPECT_TRUE(EqualsFolded("\u212aey\u017f", "keys"));
  EXPECT_TRUE(EqualsFolded("", ""));
  EXPECT_TRUE(EqualsFolded("MEDIATYPE", "mediaType"));
}

class TakeFieldsTest : public testing::Test {
 protected:
  Result<void> Take(std::string_view text) {
    document_.emplace(*json::Document::Parse(text));
    const Slot slots[] = {{"size", &size_}, {"digest", &digest_}};
    return TakeFields(document_->root(), {nullptr, "subject"}, slots);
  }
  std::optional<json::Document> document_;
  json::Value size_, digest_;
};

TEST_F(TakeFieldsTest, FindsWhatIsThere) {
  ASSERT_TRUE(Take(R"({"x":1,"size":5,"digest":null,"sizes":2})").ok());
  EXPECT_EQ(size_.Int(), 5);
  EXPECT_FALSE(digest_);
}

TEST_F(TakeFieldsTest, RefusesAnotherCase) {
  const auto taken = Take(R"({"size":5,"Size":6})");
  ASSERT_FALSE(taken.ok());
  EXPECT_EQ(
      taken.error().message(),
      "the manifest is refused: subject has the member \"Size\"; write it \"size\" or leave it "
      "out");
}

}  // namespace
}  // namespace gantry::oci
