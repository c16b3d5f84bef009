#include "server/yaml.h"

#include <gtest/gtest.h>

namespace gantry::server {
namespace {

TEST(YamlAsJsonTest, KeepsTheShapeAndTellsTextFromBooleans) {
  const auto json = YamlAsJson(R"(
a: {b: [x, 1, "true", true, false, ~]}
"c d":
- name: n
  data: |
    two
    lines
e:
)");
  ASSERT_TRUE(json.ok()) << json.error().ToString();
  EXPECT_EQ(*json, R"({"a":{"b":["x","1","true",true,false,null]},)"
                   R"("c d":[{"name":"n","data":"two\nlines\n"}],"e":null})");
}

TEST(YamlAsJsonTest, RefusesWhatIsNoDocumentOrTooLarge) {
  // Each alias stands for nine of the one before.
  std::string bomb = "a0: &a0 [x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 8; ++j) bomb += "," + before;
    bomb += "]\n";
  }
  for (const std::string& bad :
       {std::string("a: [1"), std::string("a: 1\na: 2"), std::string("[x]: 1"),
        std::string("a: 1\n---\nb: 2"), std::string(40, '['), std::string(2 << 20, ' '),
        std::string(40, '[') + std::string(40, ']'), bomb})
    EXPECT_EQ(YamlAsJson(bad).error().reason(), "bad_yaml") << bad.substr(0, 40);
}

}  // namespace
}  // namespace gantry::server
