#include "response_parser.h"

#include <gtest/gtest.h>

#include "request_text.h"

namespace loadgen {
namespace {

using State = ResponseParser::State;

// Feeds the text byte by byte and returns how many bytes were taken.
size_t FeedBytes(ResponseParser* parser, std::string_view text) {
  size_t taken = 0;
  for (const char c : text) taken += parser->Feed(std::string_view(&c, 1));
  return taken;
}

TEST(ResponseParser, ReadsLengthDelimitedBodyAndLeavesTheRest) {
  ResponseParser parser;
  parser.Reset(false, true);
  const std::string text =
      "HTTP/1.1 202 Accepted\r\nLocation: /v2/a\r\ncontent-length: 3\r\n"
      "Docker-Content-Digest: sha256:0\r\n\r\nabcHTTP";
  EXPECT_EQ(FeedBytes(&parser, text), text.size() - 4);
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.response().status, 202);
  EXPECT_EQ(parser.response().location, "/v2/a");
  EXPECT_EQ(parser.response().content_digest, "sha256:0");
  EXPECT_EQ(parser.response().body, "abc");
  EXPECT_FALSE(parser.response().closes_connection);
}

TEST(ResponseParser, ReadsChunks) {
  ResponseParser parser;
  parser.Reset(false, true);
  FeedBytes(&parser,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n");
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.response().body, "abc0123456789");
}

TEST(ResponseParser, HeadAnswerHasNoBody) {
  ResponseParser parser;
  parser.Reset(true, false);
  parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 1500\r\n\r\n");
  EXPECT_EQ(parser.state(), State::kComplete);
}

TEST(ResponseParser, SkipsInterimResponse) {
  ResponseParser parser;
  parser.Reset(false, false);
  parser.Feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.response().status, 201);
}

TEST(ResponseParser, CloseInsideBodyFails) {
  ResponseParser parser;
  parser.Reset(false, false);
  parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(parser.Skippable(), 7U);
  parser.FinishAtClose();
  EXPECT_EQ(parser.state(), State::kFailed);
}

TEST(ResponseParser, CloseEndsBodyWithoutLength) {
  ResponseParser parser;
  parser.Reset(false, true);
  parser.Feed("HTTP/1.1 200 OK\r\n\r\nabc");
  parser.FinishAtClose();
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_TRUE(parser.response().closes_connection);
  EXPECT_EQ(parser.response().body, "abc");
}

TEST(ResponseParser, SkippedBytesCount) {
  ResponseParser parser;
  parser.Reset(false, false);
  parser.Feed("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  parser.Skip(7);
  EXPECT_EQ(parser.state(), State::kComplete);
  EXPECT_EQ(parser.response().body_bytes, 10U);
}

TEST(ResponseParser, NotHttpFails) {
  ResponseParser parser;
  parser.Reset(false, false);
  parser.Feed("SSH-2.0-OpenSSH_9.2p1\r\n");
  EXPECT_EQ(parser.state(), State::kFailed);
}

TEST(UploadPath, TakesRelativeAndAbsoluteLocations) {
  EXPECT_EQ(UploadPath("/v2/a/blobs/uploads/1", "sha256:0"),
            "/v2/a/blobs/uploads/1?digest=sha256:0");
  EXPECT_EQ(UploadPath("http://host:5000/v2/a/blobs/uploads/1?_state=x", "sha256:0"),
            "/v2/a/blobs/uploads/1?_state=x&digest=sha256:0");
  EXPECT_EQ(UploadPath("https://host"), "/");
}

}  // namespace
}  // namespace loadgen
