#include "httpc/client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "http/server.h"
#include "log/log.h"

namespace gantry::httpc {
namespace {

// Answers with what came in: "METHOD path body", with the status that the query names.
http::Response Echo(http::Request& request) {
  http::Response response;
  response.status = std::atoi(request.Query("status").value_or("200").c_str());
  response.Add("X-Echo", request.Header("X-Test").value_or("none"));
  response.body =
      std::string(http::MethodName(request.method)) + " " + request.path + " " + request.body;
  return response;
}

// Twenty pieces of 1000 bytes, without a length.
class Pieces final : public http::ByteSource {
 public:
  int64_t length() const override { return -1; }
  Result<void> Read(size_t, std::string& out) override {
    if (left_-- > 0) out.append(1000, 'p');
    return Ok();
  }

 private:
  int left_ = 20;
};

std::vector<http::Route> Routes() {
  std::vector<http::Route> routes;
  for (const http::Method method : {http::Method::kGet, http::Method::kPost, http::Method::kPut,
                                    http::Method::kPatch, http::Method::kDelete}) {
    http::Route route;
    route.method = method;
    route.pattern = "/echo/{what}";
    route.name = "echo";
    route.handler = http::Handler(Echo);
    routes.push_back(std::move(route));
  }
  http::Route pieces;
  pieces.pattern = "/pieces";
  pieces.name = "pieces";
  pieces.handler = http::Handler([](http::Request&) {
    http::Response response;
    response.body = std::make_unique<Pieces>();
    return response;
  });
  routes.push_back(std::move(pieces));
  http::Route moved;
  moved.pattern = "/moved";
  moved.name = "moved";
  moved.handler = http::Handler([](http::Request&) {
    http::Response response;
    response.status = 302;
    response.Add("Location", "/echo/elsewhere");
    return response;
  });
  routes.push_back(std::move(moved));
  return routes;
}

class ClientTest : public testing::Test {
 protected:
  ClientTest() : folder_(MakeFolder()), logger_(fileno(stderr), log::Level::kError) {
    http::ServerOptions options;
    options.workers = 2;
    options.listen = {{"127.0.0.1:0", false}, {"unix:" + folder_ + "/s", false}};
    server_ = http::MakeServer(std::move(options), Routes(), clock_, logger_);
    const Result<void> started = server_->Start();
    EXPECT_TRUE(started.ok()) << started.error().ToString();
    base_ = "http://" + server_->addresses()[0];
  }
  ~ClientTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  static std::string MakeFolder() {
    char pattern[] = "/tmp/gantry-httpc-XXXXXX";
    return mkdtemp(pattern);
  }

  Response Send(Request request) {
    Result<Response> response = client_->Send(request);
    EXPECT_TRUE(response.ok()) << response.error().ToString();
    return response.ok() ? std::move(response).value() : Response{};
  }

  Request To(const std::string& method, const std::string& path) {
    Request request;
    request.method = method;
    request.url = base_ + path;
    return request;
  }

  std::string ReasonOf(const Request& request) {
    const Result<Response> response = client_->Send(request);
    return response.ok() ? "ok" : std::string(response.error().reason());
  }

  const std::string folder_;
  SystemClock clock_;
  log::Logger logger_;
  std::unique_ptr<http::Server> server_;
  std::string base_;
  std::unique_ptr<Client> client_ = MakeClient({});
};

TEST_F(ClientTest, AGuardSeesTheAddressThatANameMeans) {
  client_ = MakeClient({"", "", "gantry", AddressGuard()});
  Request by_name = To("GET", "/echo/a");
  by_name.url.replace(0, std::string("http://127.0.0.1").size(), "http://localhost");
  EXPECT_EQ(ReasonOf(To("GET", "/echo/a")), "address_refused");
  EXPECT_EQ(ReasonOf(by_name), "address_refused");
  client_ = MakeClient({"", "", "gantry", *AddressGuard::Make({"127.0.0.0/8"})});
  EXPECT_EQ(ReasonOf(To("GET", "/echo/a")), "ok");
}

TEST_F(ClientTest, EveryMethod) {
  EXPECT_EQ(Send(To("GET", "/echo/a")).body, "GET /echo/a ");
  EXPECT_EQ(Send(To("DELETE", "/echo/a")).body, "DELETE /echo/a ");
  for (const char* method : {"POST", "PUT", "PATCH"}) {
    Request request = To(method, "/echo/b");
    EXPECT_EQ(Send(request).body, std::string(method) + " /echo/b ");
    request.body = "hello";
    EXPECT_EQ(Send(request).body, std::string(method) + " /echo/b hello");
  }
  const Response head = Send(To("HEAD", "/echo/a"));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(ClientTest, ARequestIsGivenUpWhenNobodyWantsItAnyMore) {
  Request request = To("GET", "/echo/a");
  bool is_cancelled = false;
  request.is_cancelled = [&is_cancelled] { return is_cancelled; };
  EXPECT_EQ(ReasonOf(request), "ok");
  is_cancelled = true;
  EXPECT_EQ(ReasonOf(request), "request_cancelled");
  request.is_cancelled = nullptr;
  EXPECT_EQ(ReasonOf(request), "ok");
}

TEST_F(ClientTest, HeadersGoBothWays) {
  Request request = To("GET", "/echo/a");
  request.headers = {{"X-Test", "value"}};
  const Response response = Send(request);
  EXPECT_EQ(response.Header("x-echo"), "value");
  EXPECT_EQ(response.Header("X-Nothing"), std::nullopt);
}

TEST_F(ClientTest, AnErrorStatusIsAResponse) {
  const Response response = Send(To("GET", "/echo/a?status=404"));
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, "GET /echo/a ");
  EXPECT_EQ(Send(To("GET", "/nothing")).status, 404);
}

// A redirect leads nowhere by itself: whoever follows asks again, and is checked again.
TEST_F(ClientTest, RedirectsAreAnswersLikeOthers) {
  const Response response = Send(To("GET", "/moved"));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.Header("Location"), "/echo/elsewhere");
  EXPECT_EQ(response.body, "");
}

TEST_F(ClientTest, BodiesInPieces) {
  Request request = To("GET", "/pieces");
  int status = 0;
  size_t bytes = 0;
  request.on_head = [&](const ResponseHead& head) {
    EXPECT_EQ(bytes, 0u);
    status = head.status;
    return Ok();
  };
  request.on_body = [&](std::string_view piece) {
    bytes += piece.size();
    return Ok();
  };
  EXPECT_EQ(Send(request).body, "");
  EXPECT_EQ(status, 200);
  EXPECT_EQ(bytes, 20'000u);

  for (const int64_t length : {int64_t{6}, int64_t{-1}}) {
    Request upload = To("PUT", "/echo/u");
    int left = 3;
    upload.body_source = [&](size_t, std::string& out) {
      if (left-- > 0) out += "ab";
      return Ok();
    };
    upload.body_length = length;
    EXPECT_EQ(Send(upload).body, "PUT /echo/u ababab");
  }
}

TEST_F(ClientTest, ErrorsOfCallbacksComeBack) {
  const auto fail = [] { return Corruption("mine", "mine"); };
  Request request = To("GET", "/pieces");
  request.on_body = [&](std::string_view) -> Result<void> { return fail(); };
  EXPECT_EQ(ReasonOf(request), "mine");
  request.on_body = nullptr;
  request.on_head = [&](const ResponseHead&) -> Result<void> { return fail(); };
  EXPECT_EQ(ReasonOf(request), "mine");
  Request upload = To("PUT", "/echo/u");
  upload.body_source = [&](size_t, std::string&) -> Result<void> { return fail(); };
  upload.body_length = 6;
  EXPECT_EQ(ReasonOf(upload), "mine");
  EXPECT_EQ(Send(To("GET", "/echo/a")).status, 200);  // the client is good for more
}

TEST_F(ClientTest, ACollectedBodyHasALimit) {
  Request request = To("GET", "/pieces");
  request.body_bytes_max = 20'000;
  EXPECT_EQ(Send(request).body.size(), 20'000u);
  request.body_bytes_max = 19'999;
  EXPECT_EQ(ReasonOf(request), "response_too_large");
}

TEST_F(ClientTest, UnixSocket) {
  client_ = MakeClient({folder_ + "/s", "", "gantry"});
  Request request;
  request.url = "http://gantry/echo/a";
  EXPECT_EQ(Send(request).body, "GET /echo/a ");
  client_ = MakeClient({folder_ + "/absent", "", "gantry"});
  EXPECT_EQ(ReasonOf(request), "connect_failed");
}

TEST_F(ClientTest, WhatCannotBeAsked) {
  Request request;
  request.url = "ftp://127.0.0.1/";
  EXPECT_EQ(ReasonOf(request), "bad_url");
  request.url = "http://[nonsense/";
  EXPECT_EQ(ReasonOf(request), "bad_url");
  request.url = "http://127.0.0.1:1/";
  EXPECT_EQ(ReasonOf(request), "connect_failed");
  request.url = "https" + base_.substr(4) + "/echo/a";
  EXPECT_EQ(ReasonOf(request), "tls_failed");
}

// A port that takes connections and never answers.
TEST_F(ClientTest, ADeadlineEnds) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), length), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length), 0);
  Request request;
  request.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  request.deadline = Millis(50);
  EXPECT_EQ(ReasonOf(request), "http_timeout");
  close(listener);
}

}  // namespace
}  // namespace gantry::httpc
