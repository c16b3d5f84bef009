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
