#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/handler.h"
#include "http/memory_budget.h"
#include "http/server_state.h"
#include "http/source_pump.h"
#include "http/upload_pipe.h"

namespace gantry::http {

// The protocol side of a call. Called on the reactor, also from within functions of Call.
class CallHost {
 public:
  // Call::response is there to be sent.
  virtual void OnResponse() = 0;
  // The body is wanted (again): see Call::accepts_body and Call::Space.
  virtual void OnBodyWanted() = 0;
  // Call::TakeSource is worth another call.
  virtual void OnSourceReady() = 0;

 protected:
  ~CallHost() = default;
};

// One request on its way from a protocol session through a handler and back: finds the route, runs
// the handler inline or on a worker, pipes bodies, and reports the exchange in the end. Knows
// nothing of the protocol. A client that goes away leaves its call behind until the worker is done.
// Threads: all public functions and members from the reactor; while a worker has the request,
// nobody else touches it.
class Call final : public std::enable_shared_from_this<Call> {
 public:
  explicit Call(ReactorState& state);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  Request request;
  Response response;      // after OnResponse
  int64_t bytes_out = 0;  // of the body; counted by the session

  // A request begins; `since`: when its first byte came.
  void Begin(CallHost& host, Time since);
  // The session counts what was taken of a body: OnBodyWanted comes after each piece.
  void WatchConsumption() { watched_ = true; }
  size_t TakeConsumed() { return pipe_ == nullptr ? 0 : pipe_->TakeReturned(); }
  // The head is in `request`. `expects_continue`: the client waits for a sign to send the body.
  void Start(bool has_body, bool expects_continue);
  // Answers with an error of the protocol. At most once, and not after OnResponse.
  void Refuse(int status, const Error& error);

  // Where body bytes go.
  enum class BodyMode {
    kNone,     // there is none, or it has ended
    kMemory,   // Append
    kUpload,   // Space and Commit
    kDiscard,  // nowhere
  };
  BodyMode body_mode() const { return body_mode_; }
  // The client may send the body: somebody waits for it.
  bool accepts_body() const;
  void Append(std::string_view bytes);
  // Empty: not now; OnBodyWanted follows, or OnResponse.
  std::span<char> Space(int64_t expected);
  void Commit(size_t n);
  // The last bytes of the body, EndBody follows: so that one worker finds all.
  void CommitLast(size_t n);
  // The worker has had enough; OnResponse follows.
  bool drops_body() const { return pipe_->closed(); }
  void CountDiscarded(size_t n) { bytes_in_ += static_cast<int64_t>(n); }
  void EndBody();

  bool has_response() const { return has_response_; }
  // The pump of a response whose body is a ByteSource.
  SourcePump& source();

  // The session is done with the call. `answered`: the head of the answer was sent. Reports the
  // exchange, now or when the worker is done.
  void End(bool answered);

  // Back to the state before Begin. REQUIRES: nobody else has this call.
  void Reset();

 private:
  const Route& route() const { return *route_; }
  const Limits& limits() const { return state_.server.options.limits; }
  bool TryInline();
  void StartMemory(bool has_body);
  void StartUpload(bool has_body);
  void Dispatch();
  void OnHandlerDone();
  void Respond(Response response);

  void ClaimRun(bool open);
  void RunUpload();
  void VisitUpload();
  bool OpenSink();
  bool WriteBatch(UploadPipe::Batch batch);
  void FinishUpload(std::optional<Response> response);
  void OnUploadDone();
  void PostBodyWanted();

  void DropSource();
  void Report();

  ReactorState& state_;
  CallHost* host_ = nullptr;
  const Route* route_ = nullptr;
  Time started_;
  int64_t bytes_in_ = 0;
  BodyMode body_mode_ = BodyMode::kNone;
  bool expects_continue_ = false;
  bool has_response_ = false;
  bool handler_running_ = false;
  bool upload_claimed_ = false;  // a worker was sent to the upload
  bool upload_done_ = false;     // and will not come again
  bool upload_open_ = false;     // the sink is there
  bool active_ = false;
  bool watched_ = false;
  int status_ = 0;  // to be reported

  MemoryCharge body_charge_;
  std::unique_ptr<UploadPipe> pipe_;
  std::shared_ptr<SourcePump> source_;

  // The worker's; handed over by posting.
  std::unique_ptr<BodySink> sink_;
  bool sink_opened_ = false;
  std::optional<Response> result_;
};

// An error as the server answers it: rendered by the server's options, with the status of the
// protocol, and Retry-After with 503.
Response RenderRefusal(const ServerOptions& options, std::string_view path, int status,
                       const Error& error);

}  // namespace gantry::http
