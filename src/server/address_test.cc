#include "server/address.h"

#include <gtest/gtest.h>

namespace gantry::server {
namespace {

TEST(AddressTest, ReadsNumericAddresses) {
  EXPECT_EQ(ParseAddress("127.0.0.1:5000")->ToString(), "127.0.0.1:5000");
  EXPECT_EQ(ParseAddress("localhost:0")->ToString(), "127.0.0.1:0");
  EXPECT_EQ(ParseAddress("[::1]:443")->ToString(), "[::1]:443");
}

TEST(AddressTest, RefusesEverythingElse) {
  for (const char* text : {"", "127.0.0.1", ":5000", "127.0.0.1:", "127.0.0.1:65536", "::1:5000",
                           "[::1]", "[localhost]:1", "example.com:5000", "127.1:5000", "1.2.3.4:-1",
                           "[::1:5000", "unix:/tmp/x:1"}) {
    const auto address = ParseAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.error().reason(), "bad_address") << text;
  }
}

TEST(AddressTest, KnowsLoopback) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1",
                           "[0:0:0:0:0:0:0:1]:1", "localhost:1"})
    EXPECT_TRUE(IsLoopback(*ParseAddress(text))) << text;
  for (const char* text :
       {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "[::ffff:10.0.0.1]:1", "[fe80::1]:1"})
    EXPECT_FALSE(IsLoopback(*ParseAddress(text))) << text;
}

}  // namespace
}  // namespace gantry::server
