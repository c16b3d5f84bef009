#include "base/encoding.h"

#include <gtest/gtest.h>

namespace gantry {
namespace {

// RFC 4648, section 10.
TEST(EncodingTest, Base64Vectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(Base64Encode(plain), encoded);
    EXPECT_EQ(Base64Decode(encoded), plain);
  }
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
}

TEST(EncodingTest, Base64RefusesWhatIsNotCanonical) {
  for (const char* text : {"Zg", "Zg=", "Zh==", "Z===", "Zm9v\n", "Zm 9", "=g=="})
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
}

TEST(EncodingTest, Base64Url) {
  EXPECT_EQ(Base64UrlDecode("-_8"), "\xfb\xff");
  EXPECT_EQ(Base64UrlDecode("Zg"), "f");
  EXPECT_EQ(Base64UrlDecode(""), "");
  for (const char* text : {"Z", "Zh", "Zg==", "+/8", "Zm9v\n", "Zm9vZ"})
    EXPECT_EQ(Base64UrlDecode(text), std::nullopt) << text;
}

TEST(EncodingTest, Hex) {
  EXPECT_EQ(HexEncode(std::string_view("\x00\xff\x1a", 3)), "00ff1a");
  EXPECT_EQ(HexDecode("00ff1a"), std::string("\x00\xff\x1a", 3));
  EXPECT_EQ(HexDecode("0"), std::nullopt);
  EXPECT_EQ(HexDecode("FF"), std::nullopt);
}

TEST(EncodingTest, Decimal) {
  EXPECT_EQ(ParseDecimal("0"), 0);
  EXPECT_EQ(ParseDecimal("9223372036854775807"), 9223372036854775807);
  for (const char* text :
       {"", "-1", "+1", " 1", "1 ", "9223372036854775808", "99999999999999999999"})
    EXPECT_EQ(ParseDecimal(text), std::nullopt) << text;
}

TEST(EncodingTest, Percent) {
  EXPECT_EQ(PercentEncode("a b/c"), "a%20b%2Fc");
  EXPECT_EQ(PercentEncode("a b/c", true), "a%20b/c");
  EXPECT_EQ(PercentDecode("a%20b%2fc+", false), "a b/c+");
  EXPECT_EQ(PercentDecode("a+b", true), "a b");
  EXPECT_EQ(PercentDecode("%", false), std::nullopt);
  EXPECT_EQ(PercentDecode("%2", false), std::nullopt);
  EXPECT_EQ(PercentDecode("%zz", false), std::nullopt);
}

}  // namespace
}  // namespace gantry
