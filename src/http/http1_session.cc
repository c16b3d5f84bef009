#include "http/http1_session.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>
#include <variant>

namespace gantry::http {
namespace {

// What one turn may move before other connections have theirs; a request counts for a few KiB.
constexpr size_t kTurnBytes = 2 << 20;
constexpr size_t kTurnBytesPerRequest = 4 << 10;
constexpr Duration kLingerTimeout = Seconds(3);
constexpr Duration kNoTimeout = Hours(1);
constexpr std::string_view kHttp2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

Refusal HeaderTimeout() {
  return {408, Error(Code::kDeadlineExceeded, "header_timeout",
                     "the head of the request did not arrive in time")};
}

}  // namespace

std::unique_ptr<Session> MakeHttp1Session(Connection& connection) {
  return std::make_unique<Http1Session>(connection);
}

Http1Session::Http1Session(Connection& connection)
    : connection_(connection),
      state_(connection.state()),
      writer_(connection),
      progress_(state_.reactor.now()) {}

Http1Session::~Http1Session() = default;

// --- Turns ------------------------------------------------------------------

void Http1Session::Pump() {
  if (std::exchange(pumping_, true)) return;
  turn_bytes_ = 0;
  while (!connection_.closed() && (WriteStep() || ReadStep())) {
    if (turn_bytes_ < kTurnBytes) continue;
    connection_.Again();
    break;
  }
  pumping_ = false;
  if (connection_.closed()) return;
  KeepPending();
  UpdateDeadline();
}

void Http1Session::OnCallEvent() {
  if (pumping_) return;
  progress_ = state_.reactor.now();
  Pump();
}

void Http1Session::MarkProgress(size_t n) {
  turn_bytes_ += n;
  progress_ = state_.reactor.now();
}

void Http1Session::UpdateDeadline() {
  const Limits& limit = limits();
  Time deadline;
  if (reading_ == Reading::kLinger) {
    deadline = linger_since_ + kLingerTimeout;
  } else if (writer_.blocked_by_socket()) {
    deadline = progress_ + limit.write_stall_timeout;
  } else if (WaitsForBody()) {
    deadline = progress_ + limit.body_stall_timeout;
  } else if (call_ != nullptr) {
    deadline = state_.reactor.now() + kNoTimeout;
  } else if (head_begun_) {
    deadline = head_since_ + limit.header_timeout;
  } else {
    deadline = progress_ + limit.idle_timeout;
  }
  connection_.SetDeadline(deadline);
}

// For the client, and not for the worker that takes it.
bool Http1Session::WaitsForBody() const {
  return reading_ == Reading::kBody && !pipe_full_ && !continue_due_;
}

void Http1Session::OnTimeout() {
  if (reading_ == Reading::kLinger || writer_.blocked_by_socket()) return connection_.Close();
  if (WaitsForBody()) {
    if (call_ == nullptr || call_->has_response()) return connection_.Close();
    keep_alive_ = false;
    call_->Refuse(408, Error(Code::kDeadlineExceeded, "body_timeout",
                             "the body of the request did not arrive in time"));
    return Pump();
  }
  if (call_ != nullptr) return UpdateDeadline();
  if (!head_begun_) return connection_.Close();
  OnRefusal(HeaderTimeout());
  Pump();
}

void Http1Session::OnClosed() {
  if (call_ == nullptr) return;
  call_->End(responding_);
  state_.ReleaseCall(std::move(call_));
}

// --- Reading ----------------------------------------------------------------

// Gets more bytes behind pending_, all in the reactor's buffer.
net::IoStatus Http1Session::Fill() {
  std::vector<char>& input = state_.input;
  if (!pending_.empty() && pending_.data() != input.data()) {
    std::memmove(input.data(), pending_.data(), pending_.size());
  }
  pending_ = {input.data(), pending_.size()};
  in_input_ = true;
  // No more than a head at once: what a pipelining client sent stays in the socket.
  const size_t room =
      reading_ == Reading::kHead ? static_cast<size_t>(limits().header_bytes_max) : input.size();
  if (pending_.size() >= room) return net::IoStatus::kOk;
  const std::span<char> space(input.data() + pending_.size(), room - pending_.size());
  const net::IoResult result = connection_.Read(space);
  if (result.status != net::IoStatus::kOk) return result.status;
  pending_ = {input.data(), pending_.size() + result.bytes};
  MarkProgress(result.bytes);
  return net::IoStatus::kOk;
}

void Http1Session::KeepPending() {
  if (pending_.empty()) {
    if (kept_.capacity() > std::string().capacity()) std::string().swap(kept_);
    pending_ = {};
  } else if (in_input_) {
    kept_.assign(pending_);
    pending_ = kept_;
  }
  in_input_ = false;
}

bool Http1Session::ReadStep() {
  switch (reading_) {
    case Reading::kHead:
      return call_ == nullptr && ReadHead();
    case Reading::kBody:
      return ReadBody();
    case Reading::kNothing:
      return false;
    case Reading::kLinger:
      return ReadLinger();
  }
  return false;
}

bool Http1Session::ReadHead() {
  // Empty lines before a request are ignored (RFC 9112, section 2.2).
  while (!head_begun_ && pending_.substr(0, 2) == "\r\n") pending_.remove_prefix(2);
  if (pending_.empty() || head_waits_) {
    const net::IoStatus status = Fill();
    if (status == net::IoStatus::kAgain) return false;
    if (status != net::IoStatus::kOk) {
      connection_.Close();
      return true;
    }
    head_waits_ = false;
    return true;
  }
  if (pending_ == "\r") {
    head_waits_ = true;
    return true;
  }
  if (pending_.size() < kHttp2Preface.size() &&
      pending_ == kHttp2Preface.substr(0, pending_.size())) {
    BeginHead();
    return true;
  }
  if (pending_.substr(0, kHttp2Preface.size()) == kHttp2Preface) {
    connection_.BecomeHttp2(pending_);
    pending_ = {};
    reading_ = Reading::kNothing;
    return true;
  }
  auto scanned = scanner_.Scan(pending_, limits());
  if (auto* refusal = std::get_if<Refusal>(&scanned)) {
    OnRefusal(std::move(*refusal));
    return true;
  }
  const size_t size = std::get<size_t>(scanned);
  if (size == 0) {
    BeginHead();
    return true;
  }
  const std::string_view head = pending_.substr(0, size);
  pending_.remove_prefix(size);
  OnHead(head);
  return true;
}

// A part of a head is there.
void Http1Session::BeginHead() {
  if (!std::exchange(head_begun_, true)) head_since_ = state_.reactor.now();
  head_waits_ = true;
}

void Http1Session::BeginCall() {
  call_ = state_.AcquireCall();
  call_->Begin(*this, head_begun_ ? head_since_ : state_.reactor.now());
  call_->request.peer.assign(connection_.peer());
  call_->request.scheme.assign(connection_.encrypted() ? "https" : "http");
  scanner_.Reset();
  head_begun_ = false;
  head_waits_ = false;
  discarded_ = 0;
  body_left_ = 0;
}

void Http1Session::OnRefusal(Refusal refusal) {
  BeginCall();
  keep_alive_ = false;
  reading_ = Reading::kNothing;
  call_->Refuse(refusal.status, refusal.error);
}

void Http1Session::OnHead(std::string_view head) {
  BeginCall();
  auto parsed = ParseHttp1Head(head, limits(), call_->request);
  if (auto* refusal = std::get_if<Refusal>(&parsed)) {
    keep_alive_ = false;
    reading_ = Reading::kNothing;
    return call_->Refuse(refusal->status, refusal->error);
  }
  if (connection_.refused()) {
    keep_alive_ = false;
    reading_ = Reading::kNothing;
    return call_->Refuse(503, Unavailable("too_many_connections",
                                          "the server has as many connections as it may; try "
                                          "again in a moment"));
  }
  const auto& info = std::get<Http1Head>(parsed);
  keep_alive_ = info.keep_alive;
  body_left_ = std::max<int64_t>(call_->request.content_length, 0);
  if (info.chunked) chunked_ = std::make_unique<ChunkedDecoder>();
  const bool has_body = info.chunked || body_left_ > 0;
  continue_due_ = info.expects_continue && has_body;
  reading_ = has_body ? Reading::kBody : Reading::kNothing;
  call_->Start(has_body, info.expects_continue);
}

bool Http1Session::ReadBody() {
  if (continue_due_) {
    if (call_ == nullptr || !call_->accepts_body()) return false;
    // A client that did not wait needs no sign.
    if (pending_.empty()) writer_.Raw("HTTP/1.1 100 Continue\r\n\r\n");
    continue_due_ = false;
    return true;
  }
  pipe_full_ = false;
  return chunked_ != nullptr ? ReadChunked() : ReadCounted();
}

void Http1Session::EndOfBody() {
  chunked_.reset();
  reading_ = call_ != nullptr ? Reading::kNothing : Reading::kHead;
  if (call_ != nullptr) call_->EndBody();
}

// Counts what nobody wants; false when it is enough.
bool Http1Session::Discard(size_t n) {
  discarded_ += static_cast<int64_t>(n);
  if (call_ != nullptr) call_->CountDiscarded(n);
  if (discarded_ <= limits().discard_bytes_max) return true;
  keep_alive_ = false;
  if (call_ == nullptr) {
    StartLinger();
  } else {
    reading_ = Reading::kNothing;
  }
  return false;
}

bool Http1Session::ReadCounted() {
  const Call::BodyMode mode = call_ == nullptr ? Call::BodyMode::kDiscard : call_->body_mode();
  if (pending_.empty() && mode == Call::BodyMode::kUpload) return ReadStraight();
  if (pending_.empty()) {
    const net::IoStatus status = Fill();
    if (status == net::IoStatus::kAgain) return false;
    if (status != net::IoStatus::kOk) connection_.Close();
    return true;
  }
  size_t n = std::min(pending_.size(), static_cast<size_t>(body_left_));
  if (mode == Call::BodyMode::kUpload) {
    const std::span<char> space = call_->Space(body_left_);
    if (space.empty()) {
      pipe_full_ = true;
      return call_->has_response();
    }
    n = std::min(n, space.size());
    std::memcpy(space.data(), pending_.data(), n);
  }
  const std::string_view bytes = pending_.substr(0, n);
  pending_.remove_prefix(n);
  body_left_ -= static_cast<int64_t>(n);
  if (mode == Call::BodyMode::kUpload) {
    if (body_left_ > 0) {
      call_->Commit(n);
    } else {
      call_->CommitLast(n);
    }
  } else if (mode == Call::BodyMode::kMemory) {
    call_->Append(bytes);
  } else if (!Discard(n)) {
    return true;
  }
  if (body_left_ == 0) EndOfBody();
  return true;
}

// From the socket into the pipe.
bool Http1Session::ReadStraight() {
  std::span<char> space = call_->Space(body_left_);
  if (space.empty()) {
    pipe_full_ = true;
    return call_->has_response();
  }
  if (static_cast<int64_t>(space.size()) > body_left_) {
    space = space.first(static_cast<size_t>(body_left_));
  }
  const net::IoResult result = connection_.Read(space);
  if (result.status == net::IoStatus::kAgain) return false;
  if (result.status != net::IoStatus::kOk) {
    connection_.Close();
    return true;
  }
  MarkProgress(result.bytes);
  body_left_ -= static_cast<int64_t>(result.bytes);
  if (body_left_ > 0) {
    call_->Commit(result.bytes);
  } else {
    call_->CommitLast(result.bytes);
    EndOfBody();
  }
  return true;
}

bool Http1Session::ReadChunked() {
  const Call::BodyMode mode = call_ == nullptr ? Call::BodyMode::kDiscard : call_->body_mode();
  std::span<char> space;
  size_t data_max = state_.input.size();
  if (mode == Call::BodyMode::kUpload) {
    space = call_->Space(-1);
    if (space.empty()) {
      pipe_full_ = true;
      return call_->has_response();
    }
    data_max = space.size();
  }
  ChunkedDecoder::Step step;
  if (!pending_.empty()) {
    auto decoded = chunked_->Decode(pending_, data_max);
    if (!decoded.ok()) {
      BreakBody(decoded.error());
      return true;
    }
    step = *decoded;
  }
  if (step.consumed == 0 && !step.done) {
    // A chunk's head and the trailers are heads, too.
    if (pending_.size() >= static_cast<size_t>(limits().header_bytes_max)) {
      BreakBody(InvalidArgument("bad_chunk", "the head of a chunk or the trailers are too long"));
      return true;
    }
    const net::IoStatus status = Fill();
    if (status == net::IoStatus::kAgain) return false;
    if (status != net::IoStatus::kOk) connection_.Close();
    return true;
  }
  pending_.remove_prefix(step.consumed);
  if (!step.data.empty()) {
    if (mode == Call::BodyMode::kUpload) {
      std::memcpy(space.data(), step.data.data(), step.data.size());
      call_->Commit(step.data.size());
    } else if (mode == Call::BodyMode::kMemory) {
      call_->Append(step.data);
    } else if (!Discard(step.data.size())) {
      return true;
    }
  }
  if (step.done) EndOfBody();
  return true;
}

void Http1Session::BreakBody(const Error& error) {
  keep_alive_ = false;
  if (call_ == nullptr) return StartLinger();
  reading_ = Reading::kNothing;
  if (!call_->has_response()) call_->Refuse(400, error);
}

void Http1Session::StartLinger() {
  connection_.ShutdownWrite();
  reading_ = Reading::kLinger;
  linger_since_ = state_.reactor.now();
  discarded_ = 0;
  pending_ = {};
}

bool Http1Session::ReadLinger() {
  pending_ = {};
  const net::IoStatus status = Fill();
  if (status == net::IoStatus::kAgain) return false;
  discarded_ += static_cast<int64_t>(pending_.size());
  pending_ = {};
  if (status != net::IoStatus::kOk || discarded_ > limits().discard_bytes_max) {
    connection_.Close();
  }
  return true;
}

// --- Writing ----------------------------------------------------------------

bool Http1Session::WriteStep() {
  Http1Writer::Progress progress = Http1Writer::Progress::kDone;
  if (call_ != nullptr && call_->has_response() && !responding_) {
    progress = StartResponse();
  } else {
    const int64_t before = responding_ ? call_->bytes_out : 0;
    progress = writer_.Step();
    if (progress == Http1Writer::Progress::kDone && !responding_) return false;
    if (responding_) turn_bytes_ += static_cast<size_t>(call_->bytes_out - before);
  }
  switch (progress) {
    case Http1Writer::Progress::kBlocked:
      return false;
    case Http1Writer::Progress::kBroken:
      connection_.Close();
      return true;
    case Http1Writer::Progress::kMoved:
      MarkProgress(0);
      return true;
    case Http1Writer::Progress::kDone:
      FinishCall();
      return true;
  }
  return false;
}

Http1Writer::Progress Http1Session::StartResponse() {
  responding_ = true;
  if (call_->response.close || state_.server.draining.load(std::memory_order_relaxed)) {
    keep_alive_ = false;
  }
  // Of a body that nobody wants, a little is read so that the connection can go on.
  if (reading_ == Reading::kBody && (continue_due_ || body_left_ > limits().discard_bytes_max)) {
    keep_alive_ = false;
  }
  return writer_.Begin(*call_, keep_alive_);
}

void Http1Session::FinishCall() {
  MarkProgress(kTurnBytesPerRequest);
  responding_ = false;
  continue_due_ = false;
  call_->End(true);
  state_.ReleaseCall(std::move(call_));
  call_ = nullptr;
  if (!keep_alive_) return StartLinger();
  if (reading_ == Reading::kNothing) reading_ = Reading::kHead;
}

}  // namespace gantry::http
