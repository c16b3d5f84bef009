#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "http/http1_session.h"

// The part of Http1Session that reads bodies.
namespace gantry::http {

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

}  // namespace gantry::http
