#include <gtest/gtest.h>

#include <string>

#include "http/testing/client.h"
#include "http/testing/test_server.h"

namespace gantry::http {
namespace {

using testing::Client;
using testing::TestServer;

// The parser's own test has the table of what is refused; this one shows on the wire that after a
// refusal nothing of what follows is taken for a request.
TEST(SmugglingTest, NothingBehindARefusedRequestIsServed) {
  TestServer test;
  const std::string smuggled = "GET /worker HTTP/1.1\r\nHost: test\r\n\r\n";
  const std::string start = "PUT /memory HTTP/1.1\r\nHost: test\r\n";
  const std::string requests[] = {
      start + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Transfer-Encoding:\x0b" + "chunked\r\n\r\n0\r\n\r\n" + smuggled,
      start + "Content-Length: 0\r\nContent-Length: 60\r\n\r\n" + smuggled,
      start + "Content-Length: 0, 60\r\n\r\n" + smuggled,
      start + "X: y\n Content-Length: 60\r\n\r\n" + smuggled,
      start + "X: y\r\n Content-Length: 60\r\n\r\n" + smuggled,
      start + "X: y\nContent-Length: 60\r\n\r\n" + smuggled,
      start + "Transfer-Encoding: chunked\r\n\r\n0\n\n" + smuggled,
      start + "Transfer-Encoding: chunked\r\n\r\n1\r\naXX0\r\n\r\n" + smuggled,
      "GET /worker HTTP/1.1\nHost: test\n\n" + smuggled,
  };
  size_t count = 0;
  for (const std::string& request : requests) {
    Client client(test.address());
    client.Send(request);
    client.ShutdownWrite();
    const auto all = client.ReceiveAll();
    ASSERT_TRUE(all) << request;
    EXPECT_EQ(all->substr(0, 13), "HTTP/1.1 400 ") << request;
    EXPECT_NE(all->find("Connection: close"), std::string::npos);
    EXPECT_EQ(all->find("HTTP/1.1", 1), std::string::npos) << *all;  // one answer
    const auto seen = test.WaitForExchanges(++count);
    EXPECT_EQ(seen.size(), count);
    EXPECT_EQ(seen.back().status, 400);
  }
}

TEST(SmugglingTest, ABodyOfAGetIsReadAndIsNoRequest) {
  TestServer test;
  Client client(test.address());
  const std::string smuggled = "GET /worker HTTP/1.1\r\nHost: test\r\n\r\n";
  client.Send(
      testing::Get("/inline", "Content-Length: " + std::to_string(smuggled.size()) + "\r\n") +
      smuggled + testing::Get("/peer"));
  EXPECT_EQ(client.Receive().body, "inline");
  EXPECT_EQ(client.Receive().body, "127.0.0.1\nhttp\n11\ntest");
}

TEST(SmugglingTest, TlsOnAPlainPortIsToldAtOnce) {
  TestServer test;
  Client client(test.address());
  EXPECT_NE(client.Ask(std::string("\x16\x03\x01\x02\x00", 5)).body.find("TLS"), std::string::npos);
  EXPECT_TRUE(client.AtEnd());
}

}  // namespace
}  // namespace gantry::http
