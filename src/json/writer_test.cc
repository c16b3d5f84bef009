#include "json/writer.h"

#include <gtest/gtest.h>

#include <cmath>

namespace gantry::json {
namespace {

TEST(WriterTest, Nests) {
  std::string out = "body: ";
  Writer writer(out);
  writer.BeginObject().Key("name").String("a/b").Key("tags").BeginArray();
  writer.String("1").String("2").EndArray();
  writer.Key("empty").BeginArray().EndArray().Key("o").BeginObject().EndObject();
  writer.Key("list")
      .BeginArray()
      .BeginObject()
      .EndObject()
      .BeginObject()
      .Key("n")
      .Int(1)
      .EndObject();
  writer.BeginArray().EndArray().EndArray().Key("last").Bool(true).EndObject();
  EXPECT_EQ(out, R"(body: {"name":"a/b","tags":["1","2"],"empty":[],"o":{},"list":[{},{"n":1},[]],)"
                 R"("last":true})");
}

TEST(WriterTest, Values) {
  std::string out;
  Writer writer(out);
  writer.BeginArray().Int(INT64_MIN).Int(0).Int(INT64_MAX).Double(0.5).Double(std::nan(""));
  writer.Double(HUGE_VAL).Bool(false).Null().Raw(R"({"a":1})").EndArray();
  EXPECT_EQ(out,
            R"([-9223372036854775808,0,9223372036854775807,0.5,null,null,false,null,{"a":1}])");
}

TEST(WriterTest, EscapesKeysAndStrings) {
  std::string out;
  Writer(out).BeginObject().Key("k\"\n").String("v\\\x01\xff").EndObject();
  EXPECT_EQ(out, "{\"k\\\"\\n\":\"v\\\\\\u0001\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace gantry::json
