#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "http/testing/client.h"
#include "http/testing/test_server.h"

namespace gantry::http {
namespace {

using testing::Answer;
using testing::Client;
using testing::Get;
using testing::Pattern;
using testing::Put;
using testing::TestServer;

TEST(Http1ServerTest, TheHookSeesARequestBeforeItsRouteIsFound) {
  TestServer test([](ServerOptions& options) {
    options.on_request = [](Request& request) {
      if (request.authority == "alias.test" && request.path == "/elsewhere")
        request.path = "/inline";
    };
  });
  Client client(test.address());
  EXPECT_EQ(client.Ask("GET /elsewhere HTTP/1.1\r\nHost: alias.test\r\n\r\n").body, "inline");
  EXPECT_EQ(client.Ask(Get("/elsewhere")).status, 404);
}

TEST(Http1ServerTest, AnswersInlineAndFromWorkersOnOneConnection) {
  TestServer test;
  Client client(test.address());
  for (int i = 0; i < 3; ++i) {
    Answer answer = client.Ask(Get("/inline"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "inline");
    EXPECT_EQ(answer.Header("Content-Length"), "6");
    EXPECT_EQ(answer.Header("X-Odd"), "ab");  // line ends of a handler go nowhere
    EXPECT_EQ(answer.Header("Connection"), "");
    EXPECT_EQ(answer.Header("X-Request-Id").size(), 32u);
    EXPECT_NE(answer.Header("Date").find(" GMT"), std::string::npos);
    answer = client.Ask(Get("/worker"));
    EXPECT_EQ(answer.body, "worker");
    EXPECT_EQ(answer.Header("Content-Type"), "text/plain");
  }
  const auto seen = test.WaitForExchanges(6);
  EXPECT_EQ(seen[0].route, "inline");
  EXPECT_EQ(seen[0].path, "/inline");
  EXPECT_EQ(seen[0].status, 200);
  EXPECT_EQ(seen[0].bytes_out, 6);
  EXPECT_EQ(seen[1].route, "worker");
}

TEST(Http1ServerTest, FillsTheRequest) {
  TestServer test;
  Client client(test.address());
  EXPECT_EQ(client.Ask(Get("/peer")).body, "127.0.0.1\nhttp\n11\ntest");
  EXPECT_EQ(client.Ask("GET http://other:81/peer HTTP/1.1\r\nHost: test\r\n\r\n").body,
            "127.0.0.1\nhttp\n11\nother:81");
  EXPECT_EQ(client.Ask(Get("/images/library/a%2Db/tags/v1?x=/tags/no")).body, "library/a-b v1");
}

TEST(Http1ServerTest, KeepsAUsableRequestId) {
  TestServer test;
  Client client(test.address());
  EXPECT_EQ(client.Ask(Get("/inline", "X-Request-Id: abc.D_9-x\r\n")).Header("X-Request-Id"),
            "abc.D_9-x");
  const std::string fresh =
      client.Ask(Get("/inline", "X-Request-Id: a b\r\n")).Header("X-Request-Id");
  EXPECT_EQ(fresh.size(), 32u);
  EXPECT_NE(client.Ask(Get("/inline")).Header("X-Request-Id"), fresh);
}

TEST(Http1ServerTest, HeadHasTheHeadersOfGetAndNoBody) {
  TestServer test;
  Client client(test.address());
  for (const std::string path : {"/inline", "/file", "/big?n=100000", "/source?n=70000&known=1"}) {
    client.Send("HEAD " + path + " HTTP/1.1\r\nHost: test\r\n\r\n");
    const Answer head = client.Receive(true);
    EXPECT_EQ(head.status, 200);
    const Answer get = client.Ask(Get(path));
    EXPECT_EQ(head.Header("Content-Length"), get.Header("Content-Length")) << path;
    EXPECT_EQ(get.Header("Content-Length"), std::to_string(get.body.size()));
  }
}

TEST(Http1ServerTest, NoContentHasNoBodyAndNoLength) {
  TestServer test;
  Client client(test.address());
  const Answer answer = client.Ask("DELETE /worker HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.Header("Content-Length"), "");
  EXPECT_EQ(client.Ask(Get("/inline")).body, "inline");
}

TEST(Http1ServerTest, SaysWhatIsNotThere) {
  TestServer test;
  Client client(test.address());
  EXPECT_EQ(client.Ask(Get("/nothing")).status, 404);
  const Answer answer = client.Ask("PATCH /worker HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.Header("Allow"), "GET, HEAD, DELETE");
  EXPECT_EQ(client.Ask("BREW /worker HTTP/1.1\r\nHost: test\r\n\r\n").status, 405);
  EXPECT_EQ(client.Ask(Get("/throw")).status, 500);
  EXPECT_EQ(client.Ask(Get("/inline")).body, "inline");
  EXPECT_EQ(test.WaitForExchanges(1)[0].route, "-");
}

TEST(Http1ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  TestServer test;
  Client client(test.address());
  std::string requests;
  constexpr int kRounds = 500;
  for (int i = 0; i < kRounds; ++i) {
    requests +=
        Get("/worker") + Get("/inline") + Put("/memory", std::to_string(i)) + Get("/big?n=9000");
  }
  client.Send(requests);
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_EQ(client.Receive().body, "worker") << i;
    ASSERT_EQ(client.Receive().body, "inline") << i;
    ASSERT_EQ(client.Receive().body, std::to_string(i));
    ASSERT_EQ(client.Receive().body, Pattern(0, 9000)) << i;
  }
}

TEST(Http1ServerTest, RequestsInPiecesOfOneByte) {
  TestServer test;
  Client client(test.address());
  const std::string requests = "\r\n" + Get("/worker") +
                               testing::PutChunked("/memory", "hello world", 4) +
                               Put("/upload", "abc");
  for (const char c : requests) client.Send({&c, 1});
  EXPECT_EQ(client.Receive().body, "worker");
  EXPECT_EQ(client.Receive().body, "hello world");
  EXPECT_EQ(client.Receive().body, testing::UploadAnswer("abc"));
}

TEST(Http1ServerTest, ConnectionsOfBothVersions) {
  TestServer test;
  {
    Client client(test.address());
    const Answer answer = client.Ask("GET /inline HTTP/1.0\r\n\r\n");
    EXPECT_EQ(answer.Header("Connection"), "close");
    EXPECT_TRUE(client.AtEnd());
  }
  {
    Client client(test.address());
    const std::string request = "GET /inline HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(client.Ask(request).Header("Connection"), "keep-alive");
    EXPECT_EQ(client.Ask(request).status, 200);
  }
  {
    Client client(test.address());
    EXPECT_EQ(client.Ask(Get("/inline", "Connection: close\r\n")).Header("Connection"), "close");
    EXPECT_TRUE(client.AtEnd());
  }
  {
    Client client(test.address());
    EXPECT_EQ(client.Ask(Get("/close")).Header("Connection"), "close");
    EXPECT_TRUE(client.AtEnd());
  }
}

TEST(Http1ServerTest, AClientThatShutDownItsSideGetsItsAnswer) {
  TestServer test;
  Client client(test.address());
  client.Send(Get("/gate"));
  client.ShutdownWrite();
  test.gate.WaitForArrivals(1);
  test.gate.Open();
  EXPECT_EQ(client.Receive().body, "passed");
  EXPECT_TRUE(client.AtEnd());
}

TEST(Http1ServerTest, SendsRegionsOfFiles) {
  TestServer test;
  Client client(test.address());
  const Answer all = client.Ask(Get("/file"));
  EXPECT_EQ(all.body, Pattern(0, TestServer::kFileBytes));
  EXPECT_EQ(client.Ask(Get("/file?offset=1000001&length=77777")).body, Pattern(1000001, 77777));
  EXPECT_EQ(client.Ask(Get("/file?offset=5&length=0")).body, "");
  EXPECT_EQ(client.Ask(Get("/file?length=1")).body, Pattern(0, 1));
  EXPECT_EQ(test.WaitForExchanges(4)[0].bytes_out, TestServer::kFileBytes);
}

TEST(Http1ServerTest, AFileThatIsTooShortBreaksTheConnection) {
  TestServer test;
  Client client(test.address());
  const Answer answer =
      client.Ask(Get("/file?offset=" + std::to_string(TestServer::kFileBytes - 10) + "&length=20"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_FALSE(answer.complete);
  EXPECT_TRUE(client.AtEnd());
}

TEST(Http1ServerTest, SendsLargeBodiesFromMemory) {
  TestServer test;
  Client client(test.address());
  for (const int64_t n : {4095, 4096, 4097, 100'000, 5'000'000}) {
    EXPECT_EQ(client.Ask(Get("/big?n=" + std::to_string(n))).body, Pattern(0, n));
  }
}

TEST(Http1ServerTest, PumpsSources) {
  TestServer test;
  Client client(test.address());
  const Answer known = client.Ask(Get("/source?n=1000000&known=1"));
  EXPECT_EQ(known.Header("Content-Length"), "1000000");
  EXPECT_EQ(known.body, Pattern(0, 1000000));
  const Answer chunked = client.Ask(Get("/source?n=1000000"));
  EXPECT_EQ(chunked.Header("Transfer-Encoding"), "chunked");
  EXPECT_EQ(chunked.Header("Content-Length"), "");
  EXPECT_TRUE(chunked.complete);
  EXPECT_EQ(chunked.body, Pattern(0, 1000000));
  EXPECT_EQ(client.Ask(Get("/source?n=0")).body, "");
  // An old client learns the end from the end of the connection.
  const Answer old = client.Ask("GET /source?n=300000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(old.Header("Connection"), "close");
  EXPECT_EQ(old.body, Pattern(0, 300000));
}

TEST(Http1ServerTest, ASourceThatFailsNeverEndsCleanly) {
  TestServer test;
  for (const std::string known : {"", "&known=1"}) {
    Client client(test.address());
    const Answer answer = client.Ask(Get("/source?n=1000000&fail=200000" + known));
    EXPECT_EQ(answer.status, 200);
    EXPECT_FALSE(answer.complete);
    EXPECT_LE(answer.body.size(), 200000u);
  }
}

TEST(Http1ServerTest, AnAbandonedSourceIsLeft) {
  TestServer test;
  {
    Client client(test.address());
    client.Send(Get("/source?n=1000000000&known=1"));
    EXPECT_EQ(client.Receive(true).status, 200);
  }
  EXPECT_EQ(test.WaitForExchanges(1)[0].status, 200);
  test.Stop();
}

TEST(Http1ServerTest, AClientThatLeavesBeforeTheAnswerIsReportedOnce) {
  TestServer test;
  {
    Client client(test.address());
    client.Send(Get("/gate"));
    test.gate.WaitForArrivals(1);
    client.Reset();
  }
  Client other(test.address());
  EXPECT_EQ(other.Ask(Get("/inline")).status, 200);
  test.gate.Open();
  const auto seen = test.WaitForExchanges(2);
  EXPECT_EQ(seen[1].path, "/gate");
  EXPECT_EQ(seen[1].status, 499);
}

TEST(Http1ServerTest, ServesUnixSockets) {
  const std::string path = "/tmp/gantry_http_test_" + std::to_string(getpid()) + ".sock";
  const auto on_unix = [&](ServerOptions& options) { options.listen = {{"unix:" + path, false}}; };
  {
    TestServer test(on_unix);
    EXPECT_EQ(test.address(), "unix:" + path);
    Client client(test.address());
    EXPECT_EQ(client.Ask(Get("/peer")).body, "unix\nhttp\n11\ntest");
  }
  EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST(Http1ServerTest, ManyReactorsServeManyConnections) {
  TestServer test([](ServerOptions& options) { options.reactors = 3; });
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(std::make_unique<Client>(test.address()));
    clients.back()->Send(Get("/worker") + Get("/inline"));
  }
  for (auto& client : clients) {
    EXPECT_EQ(client->Receive().body, "worker");
    EXPECT_EQ(client->Receive().body, "inline");
  }
  test.WaitForExchanges(100);
}

}  // namespace
}  // namespace gantry::http
