#include "http/request.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/response_head.h"

namespace gantry::http {
namespace {

using Strings = std::vector<std::string>;

TEST(RequestTest, ReadsTheQuery) {
  Request request;
  request.query = "n=10&last=a%2Fb+c&tag=1&tag=2&empty=&flag&&%6eame=x&bad=%zz&tag=%";
  EXPECT_EQ(request.Query("n"), "10");
  EXPECT_EQ(request.Query("last"), "a/b c");
  EXPECT_EQ(request.QueryAll("tag"), (Strings{"1", "2"}));
  EXPECT_EQ(request.Query("empty"), "");
  EXPECT_EQ(request.Query("flag"), "");
  EXPECT_EQ(request.Query("name"), "x");
  EXPECT_EQ(request.Query("bad"), std::nullopt);
  EXPECT_EQ(request.Query("absent"), std::nullopt);
  EXPECT_EQ(request.Query(""), std::nullopt);
}

TEST(RequestTest, ClearForgetsEverything) {
  Request request;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 40; ++i) {
      request.AddHeader("Name" + std::to_string(i), std::string(static_cast<size_t>(i * 30), 'v'));
    }
    request.AddParameter("p", "value");
    request.body = std::string(100'000, 'b');
    request.path = "/p";
    request.content_length = 7;
    request.Clear();
    EXPECT_TRUE(request.headers().empty());
    EXPECT_TRUE(request.path.empty());
    EXPECT_LT(request.body.capacity(), 5000u);
    EXPECT_EQ(request.content_length, -1);
    EXPECT_EQ(request.Header("Name1"), std::nullopt);
    request.AddHeader("A", "b");
    EXPECT_EQ(request.headers().size(), 1u);
    EXPECT_EQ(request.Header("a"), "b");
    request.Clear();
  }
}

TEST(ResponseHeadTest, Framing) {
  const auto framing = [](int status, Body body, bool head, const char* length = nullptr) {
    Response response;
    response.status = status;
    response.body = std::move(body);
    if (length != nullptr) response.Add("content-length", length);
    const Framing result = FramingOf(response, head);
    return std::to_string(result.content_length) + (result.send_body ? " body" : "");
  };
  EXPECT_EQ(framing(200, "abc", false), "3 body");
  EXPECT_EQ(framing(200, "", false), "0 body");
  EXPECT_EQ(framing(200, "abc", true), "3");
  EXPECT_EQ(framing(200, "", true, "12345"), "12345");
  EXPECT_EQ(framing(200, "abc", false, "12345"), "3 body");  // the body decides
  EXPECT_EQ(framing(204, "abc", false), "-1");
  EXPECT_EQ(framing(304, "abc", false), "-1");
  EXPECT_EQ(framing(304, "", false, "77"), "77");
  EXPECT_EQ(framing(200, FileRegion{nullptr, -1, 5, 10}, false), "10 body");
  EXPECT_EQ(framing(200, SharedBytes(), false), "0 body");
  EXPECT_EQ(framing(404, std::make_shared<const std::string>("xy"), true), "2");
}

TEST(ResponseHeadTest, Date) {
  EXPECT_EQ(FormatHttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110, 5.6.7
  EXPECT_EQ(FormatHttpDate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(ResponseHeadTest, WritesWhatTheServerAdds) {
  Response response;
  response.status = 299;
  response.Add("A", "b\r\nSet-Cookie: c").Add("Content-Length", "9").Add("connection", "x");
  response.Add("Transfer-Encoding", "gzip").Add("Date", "never").Add("X-Request-Id", "no");
  HeadOptions options;
  options.content_length = 5;
  options.close = true;
  options.date = "today";
  options.request_id = "id";
  std::string out;
  AppendHead(out, response, options);
  EXPECT_EQ(out,
            "HTTP/1.1 299 Unknown\r\nA: bSet-Cookie: c\r\nContent-Length: 5\r\n"
            "Connection: close\r\nDate: today\r\nX-Request-Id: id\r\n\r\n");
}

}  // namespace
}  // namespace gantry::http
