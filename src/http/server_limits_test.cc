#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
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

TEST(LimitsTest, HeadsThatAreTooLarge) {
  TestServer test;
  struct Case {
    std::string request;
    int status;
    const char* reason;
  };
  std::string many;
  for (int i = 0; i < 101; ++i) many += "A: b\r\n";
  const Case cases[] = {
      {Get("/" + std::string(9000, 'x')), 414, "target_too_long"},
      {Get("/" + std::string(200'000, 'x')), 414, "target_too_long"},
      {Get("/inline", "A: " + std::string(17'000, 'x') + "\r\n"), 431, "headers_too_large"},
      {Get("/inline", "A: " + std::string(400'000, 'x') + "\r\n"), 431, "headers_too_large"},
      {Get("/inline", many), 431, "headers_too_large"},
  };
  for (const Case& item : cases) {
    Client client(test.address());
    const Answer answer = client.Ask(item.request);
    EXPECT_EQ(answer.status, item.status);
    EXPECT_NE(answer.body.find(item.reason), std::string::npos) << answer.body;
    EXPECT_EQ(answer.Header("Connection"), "close");
  }
  Client client(test.address());
  EXPECT_EQ(client.Ask(Get("/inline", "A: " + std::string(12'000, 'x') + "\r\n")).status, 200);
}

TEST(LimitsTest, BodiesOfHandlers) {
  TestServer test;
  Client client(test.address());
  const std::string fits = Pattern(0, 64 << 10);
  EXPECT_EQ(client.Ask(Put("/memory", fits)).body, fits);
  EXPECT_EQ(client.Ask(PutChunked("/memory", fits, 1000)).body, fits);
  EXPECT_EQ(client.Ask(Put("/memory", fits + "x")).status, 413);
  EXPECT_EQ(client.Ask(PutChunked("/memory", fits + "x", 1000)).status, 413);
  EXPECT_EQ(client.Ask(Get("/inline")).body, "inline");
  EXPECT_EQ(test.MemoryAtRest(), 0);
  Client liar(test.address());
  liar.Send("PUT /memory HTTP/1.1\r\nHost: test\r\nContent-Length: 9223372036854775807\r\n\r\n");
  EXPECT_EQ(liar.Receive().status, 413);
}

TEST(LimitsTest, ALengthFromAClientAllocatesNothing) {
  TestServer test;
  Client client(test.address());
  client.Send(
      "PUT /upload HTTP/1.1\r\nHost: test\r\nContent-Length: 9223372036854775807\r\n\r\nabc");
  Client other(test.address());
  EXPECT_EQ(other.Ask(Get("/inline")).status, 200);
  EXPECT_LE(test.server().stats().memory_bytes, 16 << 10);
}

TEST(LimitsTest, AHeadThatDoesNotEndTimesOut) {
  TestServer test([](ServerOptions& options) { options.limits.header_timeout = Millis(150); });
  Client client(test.address());
  client.Send("GET /inline HTTP/1.1\r\nHost: te");
  const Answer answer = client.Receive();
  EXPECT_EQ(answer.status, 408);
  EXPECT_EQ(answer.Header("Connection"), "close");
  EXPECT_TRUE(client.AtEnd());
  EXPECT_EQ(test.WaitForExchanges(1)[0].route, "-");
}

TEST(LimitsTest, AnIdleConnectionIsClosedWithoutAWord) {
  TestServer test([](ServerOptions& options) { options.limits.idle_timeout = Millis(150); });
  Client client(test.address());
  EXPECT_TRUE(client.AtEnd());
  Client second(test.address());
  EXPECT_EQ(second.Ask(Get("/inline")).status, 200);
  EXPECT_TRUE(second.AtEnd());
}

TEST(LimitsTest, ABodyThatDoesNotComeTimesOut) {
  TestServer test([](ServerOptions& options) { options.limits.body_stall_timeout = Millis(150); });
  for (const std::string path : {"/memory", "/upload"}) {
    Client client(test.address());
    client.Send("PUT " + path + " HTTP/1.1\r\nHost: test\r\nContent-Length: 30000\r\n\r\n" +
                std::string(20'000, 'x'));
    const Answer answer = client.Receive();
    EXPECT_EQ(answer.status, 408);
    EXPECT_NE(answer.body.find("body_timeout"), std::string::npos);
    EXPECT_TRUE(client.AtEnd());
  }
  test.WaitForExchanges(2);
  EXPECT_EQ(test.sinks_open(), 0);
}

TEST(LimitsTest, ASlowWorkerIsNotTheClientsFault) {
  TestServer test([](ServerOptions& options) {
    options.limits.body_stall_timeout = Millis(100);
    options.limits.write_stall_timeout = Millis(100);
    options.limits.header_timeout = Millis(100);
    options.limits.idle_timeout = Millis(100);
  });
  test.upload_gate = std::make_unique<Gate>();
  const std::string body = Pattern(0, 8 << 20);
  Client client(test.address());
  const size_t sent = client.SendWhileTaken(Put("/upload", body));  // half a second without a byte
  test.upload_gate->Open();
  client.Send(std::string_view(Put("/upload", body)).substr(sent));
  EXPECT_EQ(client.Receive().status, 200);
}

TEST(LimitsTest, AClientThatDoesNotReadIsLeft) {
  TestServer test([](ServerOptions& options) { options.limits.write_stall_timeout = Millis(150); });
  Client file(test.address());
  Client source(test.address());
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += Get("/file");
  file.Send(requests);
  source.Send(Get("/source?n=1000000000"));
  // Both end without having been read: the last exchange of each is cut.
  while (test.server().stats().connections > 0) {
    test.WaitForExchanges(1);
  }
  EXPECT_EQ(test.MemoryAtRest(), 0);
}

TEST(LimitsTest, MoreRequestsThanTheQueueTakesAreRefusedAtOnce) {
  TestServer test([](ServerOptions& options) {
    options.workers = 1;
    options.limits.queue_max = 1;
  });
  Client busy(test.address());
  busy.Send(Get("/gate"));
  test.gate.WaitForArrivals(1);
  Client queued(test.address());
  queued.Send(Get("/gate"));
  Client inline_client(test.address());
  while (test.server().stats().queue_depth < 1) inline_client.Ask(Get("/inline"));
  for (const std::string& request : {Get("/worker"), Put("/upload", "abc")}) {
    const Answer refused = inline_client.Ask(request);
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.Header("Retry-After"), "1");
    EXPECT_NE(refused.body.find("overloaded"), std::string::npos);
  }
  test.gate.Open();
  EXPECT_EQ(queued.Receive().body, "passed");
  EXPECT_EQ(inline_client.Ask(Get("/worker")).body, "worker");
}

TEST(LimitsTest, MoreConnectionsThanAllowedAreToldSo) {
  TestServer test([](ServerOptions& options) { options.limits.connections_max = 2; });
  Client first(test.address());
  Client second(test.address());
  EXPECT_EQ(first.Ask(Get("/inline")).status, 200);
  EXPECT_EQ(second.Ask(Get("/inline")).status, 200);
  {
    Client third(test.address());
    const Answer refused = third.Ask(Put("/upload", "abc"));
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.Header("Retry-After"), "1");
    EXPECT_TRUE(third.AtEnd());
  }
  EXPECT_EQ(first.Ask(Get("/inline")).status, 200);
}

TEST(LimitsTest, BodiesInMemoryHaveALimitTogether) {
  TestServer test([](ServerOptions& options) { options.limits.memory_bytes_max = 100 << 10; });
  test.upload_gate = std::make_unique<Gate>();
  const std::string body = Pattern(0, 60 << 10);
  Client first(test.address());
  first.Send(Put("/upload", body));
  test.upload_gate->WaitForArrivals(1);
  Client second(test.address());
  EXPECT_EQ(second.Ask(Put("/memory", body)).status, 503);
  test.upload_gate->Open();
  EXPECT_EQ(first.Receive().status, 200);
  EXPECT_EQ(second.Ask(Put("/memory", body)).status, 200);
  // An upload that is larger than all memory goes through it in pieces.
  const std::string large = Pattern(0, 3 << 20);
  EXPECT_EQ(second.Ask(Put("/upload", large)).body, testing::UploadAnswer(large));
}

// A thousand clients of each kind that is slow on purpose.
TEST(LimitsTest, SlowClientsCostLittle) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  TestServer test;
  std::vector<std::unique_ptr<Client>> clients;
  const std::string head = Get("/inline", "A: " + std::string(8000, 'x') + "\r\n");
  const std::string upload = Put("/upload", Pattern(0, 1 << 20));
  for (int i = 0; i < 250; ++i) {
    const auto add = [&](std::string_view bytes) {
      clients.push_back(std::make_unique<Client>(test.address()));
      clients.back()->Send(bytes);
    };
    add(std::string_view(head).substr(0, head.size() - 1));
    add(std::string_view(upload).substr(0, 100 + 9000));
    add(Get("/file"));  // and never reads
    add("");
  }
  Client other(test.address());
  EXPECT_EQ(other.Ask(Get("/worker")).body, "worker");
  const Server::Stats stats = test.server().stats();
  EXPECT_EQ(stats.connections, 1001);
  EXPECT_LE(stats.memory_bytes, 250 * (16 << 10));
  EXPECT_EQ(stats.workers_busy, 0);
}

TEST(LimitsTest, WithoutDescriptorsClientsAreToldSo) {
  TestServer test;
  Client keeps(test.address());
  EXPECT_EQ(keeps.Ask(Get("/worker")).status, 200);  // all threads there are have what they need
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit low = before;
  low.rlim_cur = static_cast<rlim_t>(keeps.fd()) + 16;
  setrlimit(RLIMIT_NOFILE, &low);
  std::vector<net::FileDescriptor> fill;
  for (int fd = dup(keeps.fd()); fd >= 0; fd = dup(keeps.fd())) fill.emplace_back(fd);
  fill.pop_back();
  Client last(test.address());  // its socket is the last one: the server has none for it
  const Answer answer = last.Receive();
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.Header("Retry-After"), "1");
  EXPECT_EQ(keeps.Ask(Get("/inline")).status, 200);
  fill.clear();
  setrlimit(RLIMIT_NOFILE, &before);
  Client after(test.address());
  EXPECT_EQ(after.Ask(Get("/inline")).status, 200);
}

TEST(DrainTest, LetsRequestsEndAndClosesKeptConnections) {
  TestServer test;
  Client busy(test.address());
  Client idle(test.address());
  EXPECT_EQ(idle.Ask(Get("/inline")).status, 200);
  busy.Send(Get("/gate"));
  test.gate.WaitForArrivals(1);
  std::thread drainer([&] { test.server().Drain(Seconds(20)); });
  // New requests on kept connections are answered, and the connection ends.
  Answer last;
  do {
    last = idle.Ask(Get("/inline"));
    EXPECT_EQ(last.status, 200);
  } while (last.Header("Connection") != "close");
  EXPECT_TRUE(idle.AtEnd());
  bool connects = true;  // until the listening socket is closed; then nobody waits in a backlog
  for (int i = 0; i < 1000 && connects; ++i) connects = Client::Connects(test.address());
  EXPECT_FALSE(connects);
  test.gate.Open();
  const Answer answer = busy.Receive();
  EXPECT_EQ(answer.body, "passed");
  EXPECT_EQ(answer.Header("Connection"), "close");
  drainer.join();
}

TEST(DrainTest, GivesUpAtItsTimeout) {
  TestServer test;
  Client busy(test.address());
  busy.Send(Get("/gate"));
  test.gate.WaitForArrivals(1);
  test.server().Drain(Millis(50));
  test.gate.Open();
  EXPECT_EQ(busy.Receive().body, "passed");
}

TEST(StartTest, SaysWhyItCannotListen) {
  TestServer test;
  const SystemClock clock;
  log::Logger logger(2, log::Level::kError);
  const auto start = [&](const std::string& address, bool tls) {
    ServerOptions options;
    options.listen = {{address, tls}};
    return MakeServer(options, {}, clock, logger)->Start();
  };
  EXPECT_EQ(start(test.address(), false).error().reason(), "address_in_use");
  EXPECT_EQ(start("127.0.0.1", false).error().reason(), "bad_address");
  EXPECT_EQ(start("example.invalid:80", false).error().reason(), "bad_address");
  EXPECT_EQ(start("192.0.2.1:0", false).error().reason(), "bad_address");
  EXPECT_EQ(start("unix:/nonexistent/folder/socket", false).error().reason(), "bad_address");
  EXPECT_EQ(start("127.0.0.1:0", true).error().reason(), "bad_certificate");
  EXPECT_TRUE(start("127.0.0.1:0", false).ok());
}

}  // namespace
}  // namespace gantry::http
