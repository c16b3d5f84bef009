#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/call.h"
#include "http/connection.h"
#include "http/http1_parser.h"
#include "net/timer_wheel.h"

namespace gantry::http {

class Http2Stream;

// What a stream asks of its session.
class Http2StreamHost {
 public:
  // The answer is ready to be sent.
  virtual void SubmitResponse(Http2Stream& stream) = 0;
  // "100 Continue".
  virtual void SubmitContinue(Http2Stream& stream) = 0;
  // Http2Stream::NextData has more.
  virtual void ResumeData(Http2Stream& stream) = 0;
  // `n` bytes of the body are used up. `stream_too`: the client may send as many on this stream.
  virtual void Consume(Http2Stream& stream, size_t n, bool stream_too) = 0;
  // The stream ends here: the client does not move, or (`answered`) has its answer and need not
  // send the rest.
  virtual void Reset(Http2Stream& stream, bool answered) = 0;

 protected:
  ~Http2StreamHost() = default;
};

// One request on an h2 connection. Threads: the reactor's.
class Http2Stream final : public CallHost, public net::Timer::Target {
 public:
  Http2Stream(Http2StreamHost& host, Connection& connection, int32_t id);
  ~Http2Stream();

  int32_t id() const { return id_; }
  Call& call() { return *call_; }

  // Of the request --------------------------------------------------------
  void AddHeader(std::string_view name, std::string_view value);
  void MarkInvalid(std::string_view name);
  // `body_follows`: the stream goes on.
  void EndHeaders(bool body_follows);
  void OnData(std::string_view bytes);
  void EndBody();
  bool body_ended() const { return body_ended_; }

  // Of the answer ---------------------------------------------------------
  bool has_body() const { return sends_body_; }
  int64_t content_length() const { return content_length_; }
  enum class Data { kSome, kWait, kBroken };
  // How many bytes (at most `max`) can be sent now, and whether they are the last.
  Data NextData(size_t max, size_t& n, bool& last);
  // Appends as many bytes to `out`; false if the file is broken.
  bool AppendData(size_t n, std::string& out);
  void MarkAnswered() { answered_ = true; }
  // The last byte of the answer is sent.
  void OnAnswerEnd();

  void OnResponse() override;
  void OnBodyWanted() override;
  void OnSourceReady() override;
  void OnTimer() override;

 private:
  void AddPseudoHeader(std::string_view name, std::string_view value);
  void Refuse(int status, Error error);
  void Store(std::string_view bytes);
  void PrepareBody();
  void Watch(Duration timeout);
  const Limits& limits() const { return state_.server.options.limits; }

  Http2StreamHost& host_;
  Connection& connection_;
  ReactorState& state_;
  const int32_t id_;
  std::shared_ptr<Call> call_;
  net::Timer timer_{*this};
  std::optional<Refusal> refusal_;
  std::string target_;
  size_t header_bytes_ = 0;
  int headers_ = 0;
  int64_t received_ = 0;
  int64_t discarded_ = 0;
  size_t unconsumed_ = 0;  // in the pipe, not yet given back to the window

  bool continue_due_ = false;
  bool body_ended_ = false;
  bool answered_ = false;
  bool answer_ended_ = false;

  bool sends_body_ = false;
  int64_t content_length_ = -1;
  std::string_view bytes_;  // of a body in memory, or of piece_
  std::string piece_;       // of a source
  int64_t file_at_ = 0;
  int64_t left_ = 0;  // of a file or a source that said its length
};

}  // namespace gantry::http
