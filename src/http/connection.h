#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "http/server_state.h"
#include "http/session.h"
#include "net/reactor.h"
#include "net/stream.h"
#include "net/timer_wheel.h"

namespace gantry::http {

// One accepted socket: remembers what the stream can do at the moment (events are edges), runs the
// handshake, chooses the session, and owns both. Threads: the reactor's.
class Connection final : public net::EventHandler, public net::Timer::Target {
 public:
  // `refused`: the server has connections enough, the first request is answered 503.
  Connection(ReactorState& state, std::unique_ptr<net::Stream> stream, std::string peer,
             bool refused);
  ~Connection() override;

  // Registers with the reactor. REQUIRES: adopted by the state.
  void Start();

  ReactorState& state() { return state_; }
  const std::string& peer() const { return peer_; }
  bool encrypted() const { return stream_->encrypted(); }
  bool refused() const { return refused_; }

  // As net::Stream; kAgain means that Session::Pump will be called when that may have changed.
  net::IoResult Read(std::span<char> space);
  net::IoResult Write(std::span<const iovec> pieces, bool more);
  net::IoResult SendFile(int file, int64_t offset, size_t count, bool more);
  bool can_read() const { return can_read_; }

  // Says that no more will be written.
  void ShutdownWrite() { stream_->ShutdownWrite(); }
  // Closes and retires; the session gets OnClosed and no other call.
  void Close();
  bool closed() const { return closed_; }
  // Calls Session::Pump again soon, after others had their turn.
  void Again();
  // Session::OnTimeout at that time, unless it is moved.
  void SetDeadline(Time deadline) { state_.reactor.timers().Set(timer_, deadline); }

  // Replaces the HTTP/1.1 session, in the next turn: the client begins with the preface of h2.
  // `received`: the bytes that were read already.
  void BecomeHttp2(std::string_view received);

  // The server drains.
  void OnDrain();

  void set_index(size_t index) { index_ = index; }
  size_t index() const { return index_; }

  void OnEvents(uint32_t events) override;
  void OnTimer() override;

 private:
  void Shake();
  net::IoResult AfterWrite(net::IoResult result, size_t size);

  ReactorState& state_;
  const std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Session> next_session_;
  const std::string peer_;
  net::Timer timer_{*this};
  size_t index_ = 0;
  const bool refused_;
  bool can_read_ = false;
  bool can_write_ = true;
  bool read_closed_ = false;  // the peer has shut down its side: an end is to be read
  bool again_ = false;
  bool closed_ = false;
};

}  // namespace gantry::http
