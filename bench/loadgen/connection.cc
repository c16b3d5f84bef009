#include "connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace loadgen {
namespace {

constexpr size_t kReceiveBytes = 64 * 1024;
constexpr uint64_t kDiscardBytes = 8 << 20;

std::string ErrnoText(const char* call) {
  return std::string(call) + ": " + std::generic_category().message(errno);
}

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

Connection::~Connection() { Close(); }

void Connection::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Connection::Open(const Address& address) {
  Close();
  completed_one_ = false;
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) {
    error_ = ErrnoText("socket");
    return false;
  }
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_addr.s_addr = htonl(address.ipv4);
  peer.sin_port = htons(address.port);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0) {
    error_ = ErrnoText("connect");
    Close();
    return false;
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_NONBLOCK);
  return true;
}

Connection::Progress Connection::Start(Request request) {
  request_ = std::move(request);
  head_offset_ = 0;
  pattern_sent_ = 0;
  sent_ = false;
  used_before_ = completed_one_;
  parser_.Reset(request_.is_head, request_.keep_body);
  if (!Send()) return Break(ErrnoText("send"));
  return sent_ ? Progress::kWantRead : Progress::kWantWrite;
}

Connection::Progress Connection::Continue() {
  if (!sent_ && !Send()) {
    const std::string reason = ErrnoText("send");
    // The peer may have answered before it hung up.
    if (!Receive() || parser_.state() != ResponseParser::State::kComplete) return Break(reason);
  } else if (!Receive()) {
    return Break(error_);
  }
  if (parser_.state() == ResponseParser::State::kComplete) {
    completed_one_ = true;
    return Progress::kComplete;
  }
  return sent_ ? Progress::kWantRead : Progress::kWantWrite;
}

bool Connection::Send() {
  while (head_offset_ < request_.head.size()) {
    const int more = request_.pattern_length > 0 ? MSG_MORE : 0;
    const ssize_t n = ::send(fd_, request_.head.data() + head_offset_,
                             request_.head.size() - head_offset_, MSG_NOSIGNAL | more);
    if (n < 0) return WouldBlock();
    head_offset_ += static_cast<uint64_t>(n);
  }
  while (pattern_sent_ < request_.pattern_length) {
    const std::span<const char> piece =
        request_.pattern->At(request_.pattern_offset + pattern_sent_);
    const uint64_t length = std::min(piece.size(), request_.pattern_length - pattern_sent_);
    const ssize_t n = ::send(fd_, piece.data(), length, MSG_NOSIGNAL);
    if (n < 0) return WouldBlock();
    pattern_sent_ += static_cast<uint64_t>(n);
  }
  sent_ = true;
  return true;
}

bool Connection::Receive() {
  std::array<char, kReceiveBytes> buffer;
  while (parser_.state() == ResponseParser::State::kHead ||
         parser_.state() == ResponseParser::State::kBody) {
    const uint64_t skippable = request_.discard_body ? parser_.Skippable() : 0;
    const ssize_t n = skippable > 0
                          ? ::recv(fd_, nullptr, std::min(skippable, kDiscardBytes), MSG_TRUNC)
                          : ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n < 0 && WouldBlock()) return true;
    if (n < 0) {
      error_ = ErrnoText("recv");
      return false;
    }
    if (n == 0) {
      parser_.FinishAtClose();
    } else if (skippable > 0) {
      parser_.Skip(static_cast<uint64_t>(n));
    } else {
      parser_.Feed(std::string_view(buffer.data(), static_cast<size_t>(n)));
    }
  }
  if (parser_.state() == ResponseParser::State::kFailed) {
    error_ = "the connection ended inside a response, or the response is not HTTP/1.1";
    return false;
  }
  return true;
}

Connection::Progress Connection::Break(const std::string& reason) {
  error_ = reason;
  Close();
  return Progress::kBroken;
}

}  // namespace loadgen
