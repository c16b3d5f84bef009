#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "http/testing/client.h"
#include "http/testing/test_server.h"

namespace gantry::http {
namespace {

using testing::Answer;
using testing::Client;
using testing::Gate;
using testing::Get;
using testing::Pattern;
using testing::Put;
using testing::PutChunked;
using testing::TestServer;
using testing::UploadAnswer;

TEST(UploadTest, BodiesOfAllSizes) {
  TestServer test;
  Client client(test.address());
  for (const int64_t size : {0, 1, 4096, 16383, 16384, 16385, 262143, 262144, 1 << 20, 5'000'001}) {
    const std::string body = Pattern(0, size);
    EXPECT_EQ(client.Ask(Put("/upload", body)).body, UploadAnswer(body)) << size;
    EXPECT_EQ(client.Ask(PutChunked("/upload", body, 70'001)).body, UploadAnswer(body)) << size;
  }
  EXPECT_EQ(client.Ask(PutChunked("/upload", "abcdefghij", 1)).body, UploadAnswer("abcdefghij"));
  EXPECT_EQ(test.WaitForExchanges(1)[0].bytes_in, 0);
  EXPECT_EQ(test.WaitForExchanges(20)[18].bytes_in, 5'000'001);
  EXPECT_FALSE(test.sink_misused());
  EXPECT_EQ(test.sinks_open(), 0);
  EXPECT_EQ(test.MemoryAtRest(), 0);
}

TEST(UploadTest, ExtensionsAndTrailersAreRead) {
  TestServer test;
  Client client(test.address());
  const std::string request =
      "PUT /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;name=\"value\"\r\nabc\r\n0003\r\ndef\r\n0\r\nX-Sum: 1\r\n\r\n";
  EXPECT_EQ(client.Ask(request).body, UploadAnswer("abcdef"));
  EXPECT_EQ(client.Ask(Get("/inline")).body, "inline");
}

TEST(UploadTest, ABrokenCodingEndsTheUpload) {
  TestServer test;
  for (const std::string chunks :
       {"3\r\nabcd\r\n0\r\n\r\n", "x\r\nabc\r\n", "-1\r\n\r\n", "3\nabc\r\n0\r\n\r\n",
        "3\nabc\n0\n\n", "3\r\nabc\n", "3;a=\"\n\"\r\nabc\r\n0\r\n\r\n", "0\r\nA: b\n",
        "ffffffffffffffffff\r\nabc", "3 x\r\nabc\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    Client client(test.address());
    const Answer answer = client.Ask(
        "PUT /upload HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    EXPECT_EQ(answer.status, 400) << chunks;
    EXPECT_EQ(answer.Header("Connection"), "close");
    EXPECT_NE(answer.body.find("bad_chunk"), std::string::npos);
  }
  test.WaitForExchanges(11);
  EXPECT_EQ(test.sinks_open(), 0);
}

TEST(UploadTest, TheSignToContinueComesWhenSomebodyWaitsForTheBody) {
  TestServer test;
  Client client(test.address());
  const std::string expect = "Expect: 100-continue\r\n";
  const std::string body = Pattern(0, 300'000);
  for (const std::string path : {"/upload", "/memory"}) {
    const std::string small = path == "/upload" ? body : "small";
    const std::string request = Put(path, small, expect);
    client.Send(request.substr(0, request.size() - small.size()));
    EXPECT_EQ(client.Receive().status, 100);
    client.Send(small);
    EXPECT_EQ(client.Receive().body, path == "/upload" ? UploadAnswer(small) : small);
  }
  // Refused at once: no sign, and the body would be taken for a request.
  client.Send("PUT /refused HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n" + expect + "\r\n");
  const Answer answer = client.Receive();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
}

TEST(UploadTest, ASlowOpeningIsNotTheClientsFault) {
  TestServer test([](ServerOptions& options) {
    options.workers = 1;
    options.limits.body_stall_timeout = Millis(100);
  });
  Client busy(test.address());
  busy.Send(Get("/gate"));  // the only worker
  test.gate.WaitForArrivals(1);
  Client client(test.address());
  client.Send(
      "PUT /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n"
      "Expect: 100-continue\r\n\r\n");
  // Something that takes longer than the timeout.
  Client other(test.address());
  other.Send("PUT /memory HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(other.Receive().status, 408);
  Client another(test.address());
  another.Send("PUT /memory HTTP/1.1\r\nHost: test\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(another.Receive().status, 408);
  test.gate.Open();
  EXPECT_EQ(client.Receive().status, 100);
  EXPECT_EQ(client.Ask("abc").body, UploadAnswer("abc"));
}

TEST(UploadTest, AClientThatDoesNotWaitForTheSignNeedsNone) {
  TestServer test;
  Client client(test.address());
  client.Send(Put("/upload", "abc", "Expect: 100-continue\r\n"));
  Answer answer = client.Receive();
  if (answer.status == 100) answer = client.Receive();
  EXPECT_EQ(answer.body, UploadAnswer("abc"));
}

TEST(UploadTest, ASlowSinkStopsTheClient) {
  TestServer test;
  test.upload_gate = std::make_unique<Gate>();
  Client client(test.address());
  const std::string body = Pattern(0, 64 << 20);
  const std::string request = Put("/upload", body);
  const size_t sent = client.SendWhileTaken(request);
  // What fits into the pipe, and into the buffers of the two sockets.
  EXPECT_LT(sent, request.size() / 2);
  EXPECT_LE(test.server().stats().memory_bytes, 1 << 20);
  EXPECT_GE(test.server().stats().memory_bytes, 256 << 10);
  test.upload_gate->Open();
  client.Send(std::string_view(request).substr(sent));
  EXPECT_EQ(client.Receive().body, UploadAnswer(body));
  EXPECT_FALSE(test.sink_misused());
}

TEST(UploadTest, AClientThatLeavesDestroysTheSinkOnAWorker) {
  TestServer test;
  for (const bool reset : {true, false}) {
    Client client(test.address());
    client.Send(
        "PUT /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000\r\n"
        "Expect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.Receive().status, 100);  // the sink is open
    client.Send(Pattern(0, 300'000));
    if (reset) client.Reset();
  }
  test.WaitForSinksDestroyed(2);
  const auto seen = test.WaitForExchanges(2);
  EXPECT_EQ(seen[0].status, 499);
  EXPECT_EQ(seen[1].status, 499);
  EXPECT_FALSE(test.sink_misused());
  EXPECT_EQ(test.sinks_open(), 0);
}

TEST(UploadTest, AClientThatLeavesDuringAWriteDestroysTheSinkAfterIt) {
  TestServer test;
  test.upload_gate = std::make_unique<Gate>();
  {
    Client client(test.address());
    client.Send(std::string_view(Put("/upload", Pattern(0, 2 << 20))).substr(0, 1 << 20));
    test.upload_gate->WaitForArrivals(1);
    client.Reset();
  }
  test.upload_gate->Open();
  test.WaitForSinksDestroyed(1);
  EXPECT_EQ(test.WaitForExchanges(1)[0].status, 499);
  EXPECT_FALSE(test.sink_misused());
}

TEST(UploadTest, AFailingSinkIsAnsweredAtOnce) {
  TestServer test;
  {
    Client client(test.address());
    const Answer answer = client.Ask(Put("/upload-failing", Pattern(0, 200)));
    EXPECT_EQ(answer.status, 400);
    EXPECT_NE(answer.body.find("bad_bytes"), std::string::npos);
    EXPECT_EQ(client.Ask(Get("/inline")).body, "inline");  // the body had come
  }
  {
    Client client(test.address());
    const std::string request = Put("/upload-failing", Pattern(0, 100 << 20));
    client.SendWhileTaken(std::string_view(request).substr(0, 1 << 20));
    const Answer answer = client.Receive();
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.Header("Connection"), "close");
  }
  test.WaitForSinksDestroyed(2);
  EXPECT_FALSE(test.sink_misused());
}

TEST(UploadTest, ALittleOfARefusedBodyIsReadAndTheConnectionGoesOn) {
  TestServer test;
  Client client(test.address());
  const std::string body = Pattern(0, 700'000);
  EXPECT_EQ(client.Ask(Put("/refused", body)).status, 401);
  EXPECT_EQ(client.Ask(PutChunked("/refused", body, 9999)).status, 401);
  EXPECT_EQ(client.Ask(Put("/nothing", body)).status, 404);
  EXPECT_EQ(client.Ask(Put("/memory", body)).status, 413);
  EXPECT_EQ(client.Ask(Get("/inline")).body, "inline");
}

TEST(UploadTest, MuchOfARefusedBodyEndsTheConnectionAfterTheAnswer) {
  TestServer test;
  for (const bool chunked : {false, true}) {
    Client client(test.address());
    const std::string body = Pattern(0, 8 << 20);
    client.SendWhileTaken(chunked ? PutChunked("/refused", body, 1 << 16) : Put("/refused", body));
    EXPECT_EQ(client.Receive().status, 401) << chunked;
  }
}

TEST(UploadTest, ManyUploadsAtOnce) {
  TestServer test([](ServerOptions& options) { options.reactors = 2; });
  const std::string body = Pattern(0, 700'000);
  const std::string request = Put("/upload", body);
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<Client>(test.address()));
  constexpr size_t kPiece = 50'000;
  for (size_t at = 0; at < request.size(); at += kPiece) {
    for (auto& client : clients) client->Send(std::string_view(request).substr(at, kPiece));
  }
  for (auto& client : clients) EXPECT_EQ(client->Receive().body, UploadAnswer(body));
  EXPECT_FALSE(test.sink_misused());
}

TEST(UploadTest, AServerThatStopsLeavesNoSink) {
  TestServer test;
  Client client(test.address());
  client.Send(std::string_view(Put("/upload", Pattern(0, 2 << 20))).substr(0, 1 << 20));
  Client other(test.address());
  EXPECT_EQ(other.Ask(Get("/inline")).status, 200);
  test.Stop();
  EXPECT_EQ(test.sinks_open(), 0);
  EXPECT_FALSE(test.sink_misused());
}

}  // namespace
}  // namespace gantry::http
