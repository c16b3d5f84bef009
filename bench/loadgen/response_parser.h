#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace loadgen {

struct Response {
  int status = 0;
  std::string location;        // empty when absent
  std::string content_digest;  // Docker-Content-Digest, empty when absent
  std::string body;            // filled only when the parser keeps bodies
  uint64_t body_bytes = 0;
  bool closes_connection = false;
};

// Reads one HTTP/1.1 response after another from a connection. Interim (1xx) responses are
// skipped. Bodies are delimited by Content-Length, by chunks, or by the end of the connection.
class ResponseParser {
 public:
  enum class State { kHead, kBody, kComplete, kFailed };

  // Starts the next response. `bodyless`: it answers a HEAD, so no body follows.
  void Reset(bool bodyless, bool keep_body);

  // Consumes bytes of the connection and returns how many it took: fewer than offered only when
  // the response is complete or broken.
  size_t Feed(std::string_view data);

  // How many bytes of body may be thrown away unseen with Skip(). 0 outside a body that is
  // delimited by Content-Length.
  uint64_t Skippable() const;
  void Skip(uint64_t size_bytes);

  // The peer closed the connection; completes a response that is delimited by that.
  void FinishAtClose();

  State state() const { return state_; }
  bool started() const { return started_; }
  Response& response() { return response_; }

 private:
  enum class Framing { kNone, kLength, kChunked, kUntilClose };
  enum class ChunkPart { kSize, kData, kDataEnd, kTrailer };

  void HeadLine(std::string_view line);
  void StatusLine(std::string_view line);
  void HeaderLine(std::string_view line);
  void EndOfHead();
  void ChunkLine(std::string_view line);
  void Body(std::string_view data);
  bool WantsLine() const;

  State state_ = State::kComplete;
  Framing framing_ = Framing::kUntilClose;
  ChunkPart chunk_part_ = ChunkPart::kSize;
  bool bodyless_ = false;
  bool keep_body_ = false;
  bool started_ = false;
  uint64_t remaining_ = 0;
  std::string line_;
  Response response_;
};

}  // namespace loadgen
