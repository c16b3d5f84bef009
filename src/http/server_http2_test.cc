#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "http/testing/client.h"
#include "http/testing/h2_client.h"
#include "http/testing/test_server.h"

namespace gantry::http {
namespace {

using testing::Client;
using testing::Gate;
using testing::H2Answer;
using testing::H2Client;
using testing::H2Headers;
using testing::Pattern;
using testing::TestServer;
using testing::UploadAnswer;

constexpr uint32_t kNoError = 0;
constexpr uint32_t kInternalError = 2;

TEST(Http2ServerTest, AnswersRequests) {
  TestServer test;
  H2Client client(test.address());
  for (int i = 0; i < 3; ++i) {
    const H2Answer& answer = client.Ask("GET", "/inline");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "inline");
    EXPECT_TRUE(answer.ended);
    EXPECT_EQ(answer.Header("content-length"), "6");
    EXPECT_EQ(answer.Header("x-odd"), "ab");
    EXPECT_EQ(answer.Header("x-request-id").size(), 32u);
    EXPECT_NE(answer.Header("date"), "");
    EXPECT_EQ(client.Ask("GET", "/worker").body, "worker");
  }
  EXPECT_EQ(client.Ask("GET", "/peer").body, "127.0.0.1\nhttp\n20\ntest");
  EXPECT_EQ(client.Ask("GET", "/images/a/b/tags/c?d=e").body, "a/b c");
  EXPECT_EQ(client.Ask("GET", "/nothing").status, 404);
  EXPECT_EQ(client.Ask("PATCH", "/worker").Header("allow"), "GET, HEAD, DELETE");
  EXPECT_EQ(client.Ask("DELETE", "/worker").status, 204);
  EXPECT_EQ(client.Ask("GET", "/throw").status, 500);
  const H2Answer& head = client.Ask("HEAD", "/big?n=1234567");
  EXPECT_EQ(head.Header("content-length"), "1234567");
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(test.WaitForExchanges(13)[0].bytes_out, 6);
}

TEST(Http2ServerTest, TheHookSeesARequestBeforeItsRouteIsFound) {
  TestServer test([](ServerOptions& options) {
    options.on_request = [](Request& request) {
      if (request.authority == "test" && request.path == "/elsewhere") request.path = "/inline";
    };
  });
  H2Client client(test.address());
  EXPECT_EQ(client.Ask("GET", "/elsewhere").body, "inline");
  EXPECT_EQ(client.Ask("GET", "/elsewhere/else").status, 404);
}

TEST(Http2ServerTest, SendsBodiesOfAllKinds) {
  TestServer test;
  H2Client client(test.address());
  EXPECT_EQ(client.Ask("GET", "/big?n=3000000").body, Pattern(0, 3000000));
  EXPECT_EQ(client.Ask("GET", "/file").body, Pattern(0, TestServer::kFileBytes));
  EXPECT_EQ(client.Ask("GET", "/file?offset=1001&length=2000000").body, Pattern(1001, 2000000));
  EXPECT_EQ(client.Ask("GET", "/file?length=0").body, "");
  EXPECT_EQ(client.Ask("GET", "/source?n=1000000").body, Pattern(0, 1000000));
  EXPECT_EQ(client.Ask("GET", "/source?n=1000000&known=1").Header("content-length"), "1000000");
  EXPECT_EQ(client.Ask("GET", "/source?n=0").body, "");
}

TEST(Http2ServerTest, WhatFailsHalfwayIsResetNotEnded) {
  TestServer test;
  H2Client client(test.address());
  for (const std::string path :
       {"/source?n=1000000&fail=200000", "/source?n=1000000&fail=200000&known=1",
        "/file?offset=3145000&length=1000"}) {
    const H2Answer& answer = client.Ask("GET", path);
    EXPECT_TRUE(answer.closed);
    EXPECT_FALSE(answer.ended) << path;
    EXPECT_EQ(answer.error, kInternalError);
  }
  EXPECT_EQ(client.Ask("GET", "/inline").body, "inline");
}

TEST(Http2ServerTest, TakesBodiesOfAllSizes) {
  TestServer test;
  H2Client client(test.address());
  for (const int64_t size : {1, 16384, 262144, 1 << 20, 5'000'001}) {
    const std::string body = Pattern(0, size);
    EXPECT_EQ(client.Ask("PUT", "/upload", body).body, UploadAnswer(body)) << size;
  }
  EXPECT_EQ(client.Ask("PUT", "/upload").body, UploadAnswer(""));
  const std::string fits = Pattern(0, 64 << 10);
  EXPECT_EQ(client.Ask("PUT", "/memory", fits).body, fits);
  EXPECT_EQ(client.Ask("PUT", "/memory", fits + "x").status, 413);
  EXPECT_EQ(client.Ask("PUT", "/upload-failing", Pattern(0, 200)).status, 400);
  test.WaitForExchanges(9);
  EXPECT_FALSE(test.sink_misused());
  EXPECT_EQ(test.sinks_open(), 0);
  EXPECT_EQ(test.MemoryAtRest(), 0);
}

TEST(Http2ServerTest, StreamsGoOnWhileOneWaits) {
  TestServer test;
  H2Client client(test.address());
  const int32_t waiting = client.Begin("GET", "/gate");
  test.gate.WaitForArrivals(1);
  std::vector<int32_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(client.Begin("GET", "/worker"));
  for (const int32_t id : ids) EXPECT_EQ(client.Wait(id).body, "worker");
  EXPECT_FALSE(client.answer(waiting).closed);
  test.gate.Open();
  EXPECT_EQ(client.Wait(waiting).body, "passed");
}

TEST(Http2ServerTest, TheSignToContinue) {
  TestServer test;
  H2Client client(test.address());
  for (const std::string path : {"/upload", "/memory"}) {
    const int32_t id = client.Begin("PUT", path, "", true, {{"expect", "100-continue"}});
    client.RunUntil([&] { return client.answer(id).continued; });
    EXPECT_TRUE(client.answer(id).continued);
    client.Send(id, "abc", true);
    EXPECT_EQ(client.Wait(id).status, 200);
  }
}

TEST(Http2ServerTest, ASlowSinkStopsItsStreamOnly) {
  TestServer test;
  test.upload_gate = std::make_unique<Gate>();
  H2Client client(test.address());
  const std::string body = Pattern(0, 8 << 20);
  const int32_t id = client.Begin("PUT", "/upload", body);
  client.RunUntil([] { return false; }, 300);
  EXPECT_GT(client.unsent(id), body.size() / 2);
  EXPECT_LE(test.server().stats().memory_bytes, 1 << 20);
  EXPECT_EQ(client.Ask("GET", "/worker").body, "worker");
  test.upload_gate->Open();
  EXPECT_EQ(client.Wait(id).body, UploadAnswer(body));
  EXPECT_FALSE(test.sink_misused());
}

TEST(Http2ServerTest, AnAnswerBeforeTheEndOfTheBodyStopsTheClient) {
  TestServer test;
  H2Client client(test.address());
  std::vector<int32_t> ids;
  for (const std::string path : {"/upload-failing", "/nothing"}) {
    ids.push_back(client.Begin("PUT", path, Pattern(0, 300'000), true));
    client.RunUntil([&] { return client.answer(ids.back()).ended; });
    EXPECT_EQ(client.answer(ids.back()).status, path == "/nothing" ? 404 : 400);
    EXPECT_FALSE(client.answer(ids.back()).closed);  // a reset now could lose the answer
  }
  // A client that ends its body after all has a clean stream.
  client.Send(ids[0], "end", true);
  EXPECT_EQ(client.Wait(ids[0]).error, kNoError);
  // One that does not is stopped a little later; no error, it has its answer.
  const H2Answer& answer = client.Wait(ids[1]);
  EXPECT_TRUE(answer.closed);
  EXPECT_EQ(answer.error, kNoError);
  test.WaitForSinksDestroyed(1);
  EXPECT_FALSE(test.sink_misused());
}

TEST(Http2ServerTest, WhatNobodyWantsIsReadToALimit) {
  TestServer test;
  H2Client client(test.address());
  const int32_t small = client.Begin("PUT", "/nothing", Pattern(0, 1'000'000));
  EXPECT_EQ(client.Wait(small).status, 404);
  EXPECT_EQ(client.unsent(small), 0u);
  const int32_t large = client.Begin("PUT", "/nothing", Pattern(0, 10'000'000));
  EXPECT_EQ(client.Wait(large).status, 404);
  EXPECT_GT(client.unsent(large), 5'000'000u);
  // It does not use up the connection's window.
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(client.Ask("PUT", "/nothing", Pattern(0, 700'000)).status, 404);
  }
  const std::string body = Pattern(0, 2 << 20);
  EXPECT_EQ(client.Ask("PUT", "/upload", body).body, UploadAnswer(body));
}

TEST(Http2ServerTest, AResetStreamDestroysItsSink) {
  TestServer test;
  H2Client client(test.address());
  const int32_t id = client.Begin("PUT", "/upload", Pattern(0, 300'000), true);
  client.RunUntil([&] { return test.sinks_open() == 1; }, 200);
  const int32_t waits = client.Begin("GET", "/gate");
  test.gate.WaitForArrivals(1);
  client.Reset(id);
  client.Reset(waits);
  EXPECT_EQ(client.Ask("GET", "/inline").status, 200);
  test.WaitForSinksDestroyed(1);
  test.gate.Open();
  int gone = 0;
  for (const auto& seen : test.WaitForExchanges(3)) gone += seen.status == 499 ? 1 : 0;
  EXPECT_EQ(gone, 2);
  EXPECT_FALSE(test.sink_misused());
}

TEST(Http2ServerTest, RefusesWhatIsMalformed) {
  TestServer test;
  H2Client client(test.address());
  const auto status = [&](const std::string& path, H2Headers headers = {}) {
    return client.Wait(client.Begin("GET", path, "", false, headers)).status;
  };
  EXPECT_EQ(status("/a%2fb"), 400);
  EXPECT_EQ(status("/../b"), 400);
  EXPECT_EQ(status("/" + std::string(9000, 'x')), 414);
  EXPECT_EQ(status("/inline", {{"a", std::string(17'000, 'x')}}), 431);
  EXPECT_EQ(status("/inline", {{"host", "other"}}), 400);
  EXPECT_EQ(status("/inline", {{"a", "b\x01"}}), 400);
  // What nghttp2 takes for an error of the protocol: no answer, a reset.
  for (const H2Headers& headers : std::vector<H2Headers>{
           {{":method", "GET"}, {":scheme", "http"}, {":path", "/inline"}, {"connection", "x"}},
           {{":method", "GET"}, {":scheme", "http"}, {":path", "/inline"}, {"Upper", "x"}},
           {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"transfer-encoding", "x"}},
           {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {"content-length", "x"}},
           {{":method", "GET"}, {":scheme", "http"}},
           {{":method", "GET"}, {":scheme", "http"}, {":path", "inline"}},
           {{":scheme", "http"}, {":path", "/inline"}}}) {
    const H2Answer& answer = client.Wait(client.BeginRaw(headers));
    EXPECT_TRUE(answer.closed);
    EXPECT_TRUE(answer.status == 0 || answer.status == 400) << headers.back().first;
  }
  const int32_t liar = client.BeginRaw({{":method", "PUT"},
                                        {":scheme", "http"},
                                        {":authority", "test"},
                                        {":path", "/upload"},
                                        {"content-length", "5"}},
                                       "too long");
  EXPECT_NE(client.Wait(liar).status, 200);
  EXPECT_EQ(client.Ask("GET", "/inline").status, 200);
  EXPECT_EQ(test.sinks_open(), 0);
}

TEST(Http2ServerTest, AClientThatDoesNotReadIsLeft) {
  TestServer test([](ServerOptions& options) { options.limits.write_stall_timeout = Millis(150); });
  H2Client client(test.address(), 1000);  // a window that is soon full
  const int32_t id = client.Begin("GET", "/source?n=1000000");
  client.RunUntil([&] { return client.answer(id).body.size() >= 1000; });
  EXPECT_LT(test.WaitForExchanges(1)[0].bytes_out, 10'000);
  EXPECT_EQ(test.MemoryAtRest(), 0);
}

TEST(Http2ServerTest, ABodyThatDoesNotComeTimesOut) {
  TestServer test([](ServerOptions& options) { options.limits.body_stall_timeout = Millis(150); });
  H2Client client(test.address());
  const int32_t id = client.Begin("PUT", "/upload", "abc", true);
  EXPECT_EQ(client.Wait(id).status, 408);
  EXPECT_EQ(test.WaitForExchanges(1)[0].status, 408);
}

TEST(Http2ServerTest, IdleConnectionsAreClosed) {
  TestServer test([](ServerOptions& options) {
    options.limits.idle_timeout = Millis(150);
    options.limits.header_timeout = Millis(150);
  });
  H2Client client(test.address());
  EXPECT_EQ(client.Ask("GET", "/inline").status, 200);
  client.RunUntil([] { return false; });
  EXPECT_TRUE(client.goaway());
  EXPECT_TRUE(client.at_end());
  Client silent(test.address());
  silent.Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_TRUE(silent.ReceiveAll());  // settings and goodbye
}

TEST(Http2ServerTest, ThePrefaceInPieces) {
  TestServer test;
  Client client(test.address());
  for (const char c : std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) client.Send({&c, 1});
  client.ShutdownWrite();
  const auto all = client.ReceiveAll();
  ASSERT_TRUE(all);
  EXPECT_EQ(all->substr(0, 5).find("HTTP"), std::string::npos);
  EXPECT_GE(all->size(), 9u);  // a SETTINGS frame
  EXPECT_EQ((*all)[3], 4);
}

TEST(Http2ServerTest, DrainsWithGoodbye) {
  TestServer test;
  H2Client busy(test.address());
  H2Client idle(test.address());
  EXPECT_EQ(idle.Ask("GET", "/inline").status, 200);
  const int32_t id = busy.Begin("GET", "/gate");
  test.gate.WaitForArrivals(1);
  std::thread drainer([&] { test.server().Drain(Seconds(20)); });
  idle.RunUntil([] { return false; });
  EXPECT_TRUE(idle.goaway());
  EXPECT_TRUE(idle.at_end());
  busy.RunUntil([&] { return busy.goaway(); });
  test.gate.Open();
  EXPECT_EQ(busy.Wait(id).body, "passed");
  busy.RunUntil([] { return false; });
  EXPECT_TRUE(busy.at_end());
  drainer.join();
}

TEST(Http2ServerTest, AHandlerCanCloseTheConnection) {
  TestServer test;
  H2Client client(test.address());
  EXPECT_EQ(client.Ask("GET", "/close").body, "bye");
  client.RunUntil([] { return false; });
  EXPECT_TRUE(client.goaway());
  EXPECT_TRUE(client.at_end());
}

}  // namespace
}  // namespace gantry::http
