#include "net/socket_address.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "net/listener.h"

namespace gantry::net {
namespace {

TEST(SocketAddressTest, BindsAndSaysWhere) {
  for (const std::string host : {"127.0.0.1", "[::1]"}) {
    const auto socket = ListenSocket::Bind(host + ":0");
    ASSERT_TRUE(socket.ok()) << host;
    const std::string address = (*socket)->address();
    EXPECT_EQ(address.substr(0, host.size() + 1), host + ":");
    EXPECT_NE(address, host + ":0");
    const auto again = ListenSocket::Bind(address);
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().reason(), "address_in_use");
  }
  EXPECT_EQ((*ListenSocket::Bind("localhost:0"))->address().substr(0, 10), "127.0.0.1:");
}

TEST(SocketAddressTest, RefusesWhatIsNone) {
  for (const std::string text :
       {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
        "::1:80", "[::1]", "[::1", "[x]:80", "example.com:80", ":80", "unix:"}) {
    const auto parsed = SocketAddress::Parse(text);
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().reason(), "bad_address");
  }
  EXPECT_FALSE(SocketAddress::Parse("unix:/" + std::string(200, 'x')).ok());
}

TEST(ListenSocketTest, UnixSocketsReplaceOnlyWhatIsStale) {
  const std::string path = "/tmp/gantry_listen_test_" + std::to_string(getpid());
  const std::string address = "unix:" + path;
  {
    const auto socket = ListenSocket::Bind(address);
    ASSERT_TRUE(socket.ok());
    EXPECT_EQ((*socket)->address(), address);
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    const auto second = ListenSocket::Bind(address);
    ASSERT_FALSE(second.ok());
    EXPECT_EQ(second.error().reason(), "address_in_use");
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
  // What a killed process leaves behind.
  const auto parsed = SocketAddress::Parse(address);
  {
    const FileDescriptor stale(socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(
        bind(stale.get(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->length), 0);
  }
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
  EXPECT_TRUE(ListenSocket::Bind(address).ok());
  // What is no socket is somebody's.
  const FileDescriptor file(creat(path.c_str(), 0600));
  EXPECT_EQ(ListenSocket::Bind(address).error().reason(), "bad_address");
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
  unlink(path.c_str());
}

}  // namespace
}  // namespace gantry::net
