#include "http/http1_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace gantry::http {
namespace {

struct Outcome {
  int status = 0;  // 0: accepted
  std::string reason;
  size_t size = 0;
  Http1Head head;
};

Outcome Parse(std::string_view bytes, Request& request, const Limits& limits = {}) {
  request.Clear();
  Http1HeadScanner scanner;
  auto scanned = scanner.Scan(bytes, limits);
  if (auto* refusal = std::get_if<Refusal>(&scanned)) {
    return {refusal->status, std::string(refusal->error.reason()), 0, {}};
  }
  Outcome outcome;
  outcome.size = std::get<size_t>(scanned);
  if (outcome.size == 0) return outcome;
  auto parsed = ParseHttp1Head(bytes.substr(0, outcome.size), limits, request);
  if (auto* refusal = std::get_if<Refusal>(&parsed)) {
    return {refusal->status, std::string(refusal->error.reason()), 0, {}};
  }
  outcome.head = std::get<Http1Head>(parsed);
  return outcome;
}

TEST(Http1ParserTest, FillsARequest) {
  Request request;
  const Outcome outcome = Parse(
      "PUT /v2/a%20b/manifests/x?tag=1&b HTTP/1.1\r\nHost: h:5000\r\nContent-Length: 12\r\n"
      "Accept: a\r\naccept:\t b \t\r\nEmpty:\r\nExpect: 100-Continue\r\n\r\nbody",
      request);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(request.method, Method::kPut);
  EXPECT_EQ(request.target, "/v2/a%20b/manifests/x?tag=1&b");
  EXPECT_EQ(request.path, "/v2/a b/manifests/x");
  EXPECT_EQ(request.query, "tag=1&b");
  EXPECT_EQ(request.version, 11);
  EXPECT_EQ(request.authority, "h:5000");
  EXPECT_EQ(request.content_length, 12);
  EXPECT_EQ(request.Headers("ACCEPT"), (std::vector<std::string_view>{"a", "b"}));
  EXPECT_EQ(request.Header("empty"), "");
  EXPECT_EQ(request.Header("absent"), std::nullopt);
  EXPECT_TRUE(outcome.head.keep_alive);
  EXPECT_TRUE(outcome.head.expects_continue);
  EXPECT_FALSE(outcome.head.chunked);
}

TEST(Http1ParserTest, KnowsWhenAConnectionGoesOn) {
  Request request;
  const auto keeps = [&](std::string_view head) { return Parse(head, request).head.keep_alive; };
  EXPECT_TRUE(keeps("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n"));
  EXPECT_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
  EXPECT_TRUE(keeps("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

// What two servers could read in two ways, and what no client means (RFC 9112, section 11.2).
TEST(Http1ParserTest, RefusesWhatIsAmbiguous) {
  struct Case {
    const char* head;  // behind "<request line>\r\nHost: h\r\n" if it begins with '+'
    int status;
    const char* reason;
  };
  const Case cases[] = {
      {"+Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 5\r\nContent-Length: 5\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 5, 5\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: +5\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: -1\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 0x5\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 5 5\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length:\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 9223372036854775808\r\n\r\n", 400, "bad_content_length"},
      {"+Content-Length: 99999999999999999999999\r\n\r\n", 400, "bad_content_length"},
      {"+Transfer-Encoding: gzip\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: gzip, chunked\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: chunked, gzip\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: chunked, chunked\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: xchunked\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: \"chunked\"\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: identity\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding:\r\n\r\n", 400, "bad_transfer_encoding"},
      {"+Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
       "bad_transfer_encoding"},
      {"+Transfer-Encoding : chunked\r\n\r\n", 400, "bad_header"},
      {"+Content-Length : 5\r\n\r\n", 400, "bad_header"},
      {"+ Content-Length: 5\r\n\r\n", 400, "folded_header"},
      {"+A: b\r\n c\r\n\r\n", 400, "folded_header"},
      {"+A: b\r\n\tContent-Length: 5\r\n\r\n", 400, "folded_header"},
      {"+A: b\nContent-Length: 5\r\n\r\n", 400, "bare_line_feed"},
      {"+A: b\n\r\n", 400, "bare_line_feed"},
      {"+A: b\r\n\n", 400, "bare_line_feed"},
      {"+A: b\rContent-Length: 5\r\n\r\n", 400, "bad_header"},
      {"+A: b\r\r\n\r\n", 400, "bad_header"},
      {"+A: b\x01\r\n\r\n", 400, "bad_header"},
      {"+A: b\x7f\r\n\r\n", 400, "bad_header"},
      {"+A\x80: b\r\n\r\n", 400, "bad_header"},
      {"+A b: c\r\n\r\n", 400, "bad_header"},
      {"+(A): c\r\n\r\n", 400, "bad_header"},
      {"+: c\r\n\r\n", 400, "bad_header"},
      {"+A\r\n\r\n", 400, "bad_header"},
      {"+Host: other\r\n\r\n", 400, "bad_host"},
      {"+Host: h\r\n\r\n", 400, "bad_host"},
      {"+Expect: 200-ok\r\n\r\n", 417, "bad_expectation"},
      {"+Connection: @\r\n\r\n", 400, "bad_header"},
      {"GET / HTTP/1.1\r\n\r\n", 400, "bad_host"},
      {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad_host"},
      {"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad_host"},
      {"GET / HTTP/1.1\r\nHost: u@b\r\n\r\n", 400, "bad_host"},
      {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_transfer_encoding"},
      {"GET / HTTP/1.1\nHost: h\n\n", 400, "bare_line_feed"},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "bad_version"},
      {"GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505, "bad_version"},
      {"GET / HTTP/0.9\r\nHost: h\r\n\r\n", 505, "bad_version"},
      {"GET / HTTP/1.1x\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET / http/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET / HTPP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET /\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET /  HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"G@T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"\xc3\xa4GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {" GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400, "bad_request_line"},
      {"GET x HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET http:// HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%2fb HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%2Fb HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%0a HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%7F HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a% HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%4 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a/../b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a/.. HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /./b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a/%2e%2E/b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a/%2e HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "bad_target"},
      {"\x16\x03\x01\x02", 400, "bad_request_line"},
  };
  Request request;
  for (const Case& item : cases) {
    std::string head = item.head;
    if (head[0] == '+') head = "PUT /x HTTP/1.1\r\nHost: h\r\n" + head.substr(1);
    const Outcome outcome = Parse(head, request);
    EXPECT_EQ(outcome.status, item.status) << head;
    EXPECT_EQ(outcome.reason, item.reason) << head;
  }
}

TEST(Http1ParserTest, RefusesNul) {
  Request request;
  using namespace std::string_literals;
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: h\r\nA: b\0c\r\n\r\n"s, request).status, 400);
  EXPECT_EQ(Parse("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s, request).status, 400);
}

TEST(Http1ParserTest, AcceptsWhatLooksOddAndIsAllowed) {
  Request request;
  for (const std::string head : {
           "GET /a/...b/.c/..d HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET /?q=../%2F%00 HTTP/1.1\r\nHost: h\r\n\r\n",
           "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost:\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: [::1]:5000\r\n\r\n",
           "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: h\r\nA: \xc3\xa4\t~\r\n\r\n",
           "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: CHUNKED\r\n\r\n",
       }) {
    EXPECT_EQ(Parse(head, request).status, 0) << head;
  }
}

TEST(Http1ParserTest, FindsTheEndInPieces) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n";
  Http1HeadScanner scanner;
  for (size_t n = 1; n < head.size(); ++n) {
    const auto scanned = scanner.Scan(std::string_view(head).substr(0, n), {});
    EXPECT_EQ(std::get<size_t>(scanned), 0u) << n;
  }
  EXPECT_EQ(std::get<size_t>(scanner.Scan(head + "rest", {})), head.size());
}

TEST(Http1ParserTest, LimitsHoldExactly) {
  Limits limits;
  limits.header_bytes_max = 64;
  limits.target_bytes_max = 10;
  limits.headers_max = 2;
  Request request;
  EXPECT_EQ(Parse("GET /123456789 HTTP/1.1\r\nHost: h\r\n\r\n", request, limits).status, 0);
  EXPECT_EQ(Parse("GET /1234567890 HTTP/1.1\r\nHost: h\r\n\r\n", request, limits).status, 414);
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n", request, limits).status, 0);
  EXPECT_EQ(Parse("GET / HTTP/1.1\r\nHost: h\r\nA:\r\nB:\r\n\r\n", request, limits).status, 431);
  const std::string start = "GET / HTTP/1.1\r\nHost: h\r\nA: ";
  const std::string fits = start + std::string(64 - start.size() - 4, 'x') + "\r\n\r\n";
  EXPECT_EQ(Parse(fits, request, limits).size, 64u);
  EXPECT_EQ(Parse(start + "x" + fits.substr(start.size()), request, limits).status, 431);
}

std::string Decode(std::string_view coded, size_t piece, size_t data_max, bool* done) {
  ChunkedDecoder decoder;
  std::string body;
  std::string buffer;
  *done = false;
  while (!*done) {
    const auto step = decoder.Decode(buffer, data_max);
    if (!step.ok()) return "error";
    body += step->data;
    buffer.erase(0, step->consumed);
    *done = step->done;
    if (step->consumed > 0 || *done) continue;
    if (coded.empty()) return body;
    buffer += coded.substr(0, piece);
    coded.remove_prefix(std::min(piece, coded.size()));
  }
  return body + "|" + buffer + std::string(coded);
}

TEST(ChunkedDecoderTest, InPiecesOfAllSizes) {
  const std::string coded = "5\r\nhello\r\n1;a=b\r\n \r\n0a\r\n0123456789\r\n0\r\nT: x\r\n\r\nnext";
  for (size_t piece = 1; piece < coded.size(); ++piece) {
    for (const size_t data_max : {size_t{1}, size_t{3}, size_t{100}}) {
      bool done = false;
      EXPECT_EQ(Decode(coded, piece, data_max, &done), "hello 0123456789|next") << piece;
      EXPECT_TRUE(done);
    }
  }
}

TEST(ChunkedDecoderTest, AnEmptyBodyInPiecesOfAllSizes) {
  for (const std::string coded : {"0\r\n\r\nnext", "0\r\nT: x\r\n\r\nnext", "00;a\r\n\r\nnext"}) {
    for (size_t piece = 1; piece < coded.size(); ++piece) {
      bool done = false;
      EXPECT_EQ(Decode(coded, piece, 100, &done), "|next") << piece;
      EXPECT_TRUE(done);
    }
  }
  bool done = false;
  EXPECT_EQ(Decode("0\r\n\n", 1, 100, &done), "error");
  EXPECT_EQ(Decode("5\r\n0\r\nab\r\n0\r\n\r\n", 1, 4, &done), "0\r\nab|");
}

TEST(ChunkedDecoderTest, WaitsForTheEnd) {
  bool done = true;
  EXPECT_EQ(Decode("3\r\nabc\r\n", 2, 10, &done), "abc");
  EXPECT_FALSE(done);
  EXPECT_EQ(Decode("3\r\nabc\r\n0\r\nA: b\r\n", 100, 10, &done), "abc");
  EXPECT_FALSE(done);
}

}  // namespace
}  // namespace gantry::http
