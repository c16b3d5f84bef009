#include "http/connection.h"

#include <sys/epoll.h>

#include <utility>

namespace gantry::http {

Connection::Connection(ReactorState& state, std::unique_ptr<net::Stream> stream, std::string peer,
                       bool refused)
    : state_(state), stream_(std::move(stream)), peer_(std::move(peer)), refused_(refused) {
  state_.server.connections.fetch_add(1, std::memory_order_relaxed);
}

Connection::~Connection() { state_.server.connections.fetch_sub(1, std::memory_order_relaxed); }

void Connection::Start() {
  const Limits& limits = state_.server.options.limits;
  const bool shaking = stream_->encrypted();
  SetDeadline(state_.reactor.now() + (shaking ? limits.header_timeout : limits.idle_timeout));
  constexpr uint32_t kEvents = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  if (!state_.reactor.Add(stream_->fd(), kEvents, *this).ok()) return Close();
  if (!shaking) session_ = MakeHttp1Session(*this);
}

void Connection::Shake() {
  const net::IoStatus status = stream_->Handshake();
  if (status == net::IoStatus::kAgain) return;
  if (status != net::IoStatus::kOk) return Close();
  session_ = stream_->negotiated_h2() ? MakeHttp2Session(*this, {}) : MakeHttp1Session(*this);
  session_->Pump();
}

void Connection::BecomeHttp2(std::string_view received) {
  next_session_ = MakeHttp2Session(*this, received);
  Again();
}

void Connection::OnEvents(uint32_t events) {
  if (closed_) return;
  if (events == 0) again_ = false;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return Close();
  if ((events & EPOLLRDHUP) != 0) read_closed_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) can_read_ = true;
  if ((events & EPOLLOUT) != 0) can_write_ = true;
  if (stream_->encrypted()) can_read_ = can_write_ = true;  // either may wait for the other
  if (next_session_ != nullptr) session_ = std::move(next_session_);
  if (session_ == nullptr) return Shake();
  session_->Pump();
}

void Connection::OnTimer() {
  if (closed_) return;
  if (session_ == nullptr) return Close();
  session_->OnTimeout();
}

net::IoResult Connection::Read(std::span<char> space) {
  if (!can_read_) return {net::IoStatus::kAgain, 0};
  const net::IoResult result = stream_->Read(space);
  if (result.status == net::IoStatus::kAgain) can_read_ = false;
  // A short read from a plain socket has taken all there was; what comes now is a new edge. But an
  // end that came with the last edge is still to be read.
  if (result.status == net::IoStatus::kOk && result.bytes < space.size() && !read_closed_ &&
      !stream_->encrypted()) {
    can_read_ = false;
  }
  return result;
}

net::IoResult Connection::Write(std::span<const iovec> pieces, bool more) {
  if (!can_write_) return {net::IoStatus::kAgain, 0};
  size_t size = 0;
  for (const iovec& piece : pieces) size += piece.iov_len;
  return AfterWrite(stream_->Write(pieces, more), size);
}

// A plain socket that took less than it was given is full: asking again would only say so.
net::IoResult Connection::AfterWrite(net::IoResult result, size_t size) {
  const bool full = result.bytes < size && !stream_->encrypted();
  if (result.status == net::IoStatus::kAgain || full) can_write_ = false;
  return result;
}

net::IoResult Connection::SendFile(int file, int64_t offset, size_t count, bool more) {
  if (!can_write_) return {net::IoStatus::kAgain, 0};
  return AfterWrite(stream_->SendFile(file, offset, count, more), count);
}

void Connection::Close() {
  if (std::exchange(closed_, true)) return;
  state_.reactor.timers().Cancel(timer_);
  state_.reactor.Remove(stream_->fd());
  if (session_ != nullptr) session_->OnClosed();
  state_.Retire(*this);
}

void Connection::Again() {
  if (std::exchange(again_, true)) return;
  state_.reactor.Again(*this);
}

void Connection::OnDrain() {
  if (session_ != nullptr && !closed_) session_->OnDrain();
}

}  // namespace gantry::http
