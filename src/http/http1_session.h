#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/call.h"
#include "http/connection.h"
#include "http/http1_parser.h"
#include "http/http1_writer.h"
#include "http/session.h"

namespace gantry::http {

// HTTP/1.0 and 1.1 (RFC 9112): one request after the other, pipelined ones wait in the socket.
// Holds no buffer while nothing is going on: bytes are parsed where the reactor received them, and
// only what cannot be used yet is kept.
class Http1Session final : public Session, public CallHost {
 public:
  explicit Http1Session(Connection& connection);
  ~Http1Session() override;

  void Pump() override;
  void OnTimeout() override;
  void OnClosed() override;
  void OnDrain() override {}

  void OnResponse() override { OnCallEvent(); }
  void OnBodyWanted() override { OnCallEvent(); }
  void OnSourceReady() override { OnCallEvent(); }

 private:
  enum class Reading {
    kHead,     // of the next request
    kBody,     // of the current one
    kNothing,  // until the current one is answered
    kLinger,   // the answer is out; drops what the client still sends, so that it reads the answer
  };

  // Each returns true if it got on.
  bool WriteStep();
  bool ReadStep();
  bool ReadHead();
  bool ReadBody();
  bool ReadCounted();
  bool ReadStraight();
  bool ReadChunked();
  bool ReadLinger();

  void OnCallEvent();
  void BeginHead();
  void BeginCall();
  void OnHead(std::string_view head);
  void OnRefusal(Refusal refusal);
  void BreakBody(const Error& error);
  Http1Writer::Progress StartResponse();
  void FinishCall();
  void StartLinger();
  void EndOfBody();
  bool Discard(size_t n);
  void MarkProgress(size_t n);

  net::IoStatus Fill();
  void KeepPending();
  void UpdateDeadline();
  bool WaitsForBody() const;
  const Limits& limits() const { return state_.server.options.limits; }

  Connection& connection_;
  ReactorState& state_;
  std::shared_ptr<Call> call_;
  Http1Writer writer_;
  Http1HeadScanner scanner_;
  std::unique_ptr<ChunkedDecoder> chunked_;

  std::string kept_;          // received, not used
  std::string_view pending_;  // the rest of kept_, or of the reactor's input during a turn
  bool in_input_ = false;     // pending_ is in the reactor's input
  int64_t body_left_ = 0;     // of a counted body
  int64_t discarded_ = 0;
  size_t turn_bytes_ = 0;  // moved in this turn
  Time progress_;          // when bytes last moved
  Time linger_since_;
  Time head_since_;  // when the first byte of the head came
  Reading reading_ = Reading::kHead;
  bool head_begun_ = false;
  bool head_waits_ = false;  // for more bytes
  bool keep_alive_ = true;
  bool continue_due_ = false;
  bool responding_ = false;  // the response is in the writer
  bool pipe_full_ = false;   // the body waits for the worker
  bool pumping_ = false;
};

}  // namespace gantry::http
