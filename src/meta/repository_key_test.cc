#include "meta/repository_key.h"

#include <gtest/gtest.h>

#include <string>

namespace gantry::meta {
namespace {

RepositoryKey Key(const std::string& account, const std::string& name) {
  return {iam::AccountId::Parse(account).value(), oci::RepositoryName::Parse(name).value()};
}

TEST(RepositoryKeyTest, JoinsAndSplits) {
  const auto key = Key("123456789012", "myapp/api/v1");
  EXPECT_EQ(key.text(), "123456789012/myapp/api/v1");
  EXPECT_EQ(key.account(), "123456789012");
  EXPECT_EQ(key.account_id().text(), "123456789012");
  EXPECT_EQ(key.name(), "myapp/api/v1");
  EXPECT_EQ(key.project(), "myapp");
  EXPECT_EQ(Key("123456789012", "alpine").project(), "");
  EXPECT_EQ(AccountOfKey(key.text()), key.account());
  EXPECT_EQ(NameOfKey(key.text()), key.name());
}

TEST(RepositoryKeyTest, IsParsedFromItsText) {
  const auto key = Key("000000000000", "a/b");
  EXPECT_EQ(RepositoryKey::Parse(key.text()).value(), key);
  for (const char* text : {"", "/", "a/b", "000000000000", "000000000000/", "00000000000/a",
                           "000000000000/A", "000000000000//a", "0000000000000/a"}) {
    EXPECT_FALSE(RepositoryKey::Parse(text).ok()) << text;
  }
}

TEST(RepositoryKeyTest, OtherAccountsHaveOtherKeys) {
  EXPECT_NE(Key("000000000000", "a"), Key("000000000001", "a"));
  EXPECT_LT(Key("000000000000", "z"), Key("000000000001", "a"));
}

TEST(RepositoryKeyTest, HalvesOfOtherTexts) {
  EXPECT_EQ(AccountOfKey(""), "");
  EXPECT_EQ(NameOfKey(""), "");
  EXPECT_EQ(AccountOfKey("x"), "x");
  EXPECT_EQ(NameOfKey("x"), "");
}

TEST(RepositoryKeyTextTest, IsTheTextOfTheKey) {
  const std::string longest(255, 'a');
  EXPECT_EQ(RepositoryKeyText("000000000000", longest).view(), Key("000000000000", longest).text());
  EXPECT_EQ(RepositoryKeyText("000000000000", longest + "a").view(), "");
}

TEST(RepositoryKeyRangeTest, HoldsTheKeysOfOneAccount) {
  const auto account = iam::AccountId::Parse("000000000001").value();
  const RepositoryKeyRange all(account, "");
  const auto in = [](const RepositoryKeyRange& range, const RepositoryKey& key) {
    return range.first < key.text() && key.text() < range.end;
  };
  EXPECT_TRUE(in(all, Key("000000000001", "0")));
  EXPECT_TRUE(in(all, Key("000000000001", "z/z")));
  EXPECT_FALSE(in(all, Key("000000000000", "z/z")));
  EXPECT_FALSE(in(all, Key("000000000002", "0")));
  const RepositoryKeyRange rest(account, "b");
  EXPECT_FALSE(in(rest, Key("000000000001", "b")));
  EXPECT_TRUE(in(rest, Key("000000000001", "b/a")));
}

}  // namespace
}  // namespace gantry::meta
