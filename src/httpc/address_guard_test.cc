#include "httpc/address_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace gantry::httpc {
namespace {

bool Allows(const AddressGuard& guard, const char* text) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    return guard.Allows(reinterpret_cast<const sockaddr*>(&v4));
  }
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  EXPECT_EQ(inet_pton(AF_INET6, text, &v6.sin6_addr), 1) << text;
  return guard.Allows(reinterpret_cast<const sockaddr*>(&v6));
}

TEST(AddressGuardTest, RefusesWhatIsNotGlobal) {
  const AddressGuard guard;
  for (const char* text : {"127.0.0.1",
                           "127.255.255.255",
                           "0.0.0.0",
                           "10.0.0.1",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "192.0.0.1",
                           "192.0.2.1",
                           "198.18.0.1",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "fe80::1",
                           "fc00::1",
                           "fd00:ec2::254",
                           "ff02::1",
                           "::ffff:127.0.0.1",
                           "::ffff:10.0.0.1",
                           "::127.0.0.1",
                           "64:ff9b::7f00:1",
                           "64:ff9b::a9fe:a9fe",
                           "2002:7f00:1::",
                           "2001::1",
                           "2001:db8::1",
                           "64:ff9b:1::1"}) {
    EXPECT_FALSE(Allows(guard, text)) << text;
  }
}

TEST(AddressGuardTest, AllowsWhatIsGlobal) {
  const AddressGuard guard;
  for (const char* text :
       {"8.8.8.8", "172.15.255.255", "172.32.0.0", "192.167.255.255", "100.63.255.255",
        "126.255.255.255", "128.0.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1",
        "::ffff:8.8.8.8", "64:ff9b::808:808"}) {
    EXPECT_TRUE(Allows(guard, text)) << text;
  }
}

TEST(AddressGuardTest, RangesCanBeAllowedAllTheSame) {
  const auto guard = AddressGuard::Make({"10.1.0.0/16", "127.0.0.1", "fd00::/8"});
  ASSERT_TRUE(guard.ok());
  EXPECT_TRUE(Allows(*guard, "10.1.255.255"));
  EXPECT_TRUE(Allows(*guard, "::ffff:10.1.0.1"));
  EXPECT_FALSE(Allows(*guard, "10.2.0.0"));
  EXPECT_TRUE(Allows(*guard, "127.0.0.1"));
  EXPECT_FALSE(Allows(*guard, "127.0.0.2"));
  EXPECT_TRUE(Allows(*guard, "fd12::1"));
  EXPECT_FALSE(Allows(*guard, "fe80::1"));
}

TEST(AddressGuardTest, RefusesWhatIsNoRange) {
  for (const char* text :
       {"", "10", "10.0.0.0/33", "10.0.0.0/", "fd00::/129", "name", "1.2.3.4/x", "10.0.0.0/-1"}) {
    EXPECT_FALSE(AddressGuard::Make({text}).ok()) << text;
  }
}

TEST(AddressGuardTest, RefusesOtherFamilies) {
  sockaddr_un local{};
  local.sun_family = AF_UNIX;
  EXPECT_FALSE(AddressGuard().Allows(reinterpret_cast<const sockaddr*>(&local)));
}

}  // namespace
}  // namespace gantry::httpc
