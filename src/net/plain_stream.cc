#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net/stream.h"

namespace gantry::net {
namespace {

IoResult Failed() {
  const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {again ? IoStatus::kAgain : IoStatus::kError, 0};
}

// The kernel moves a file in pieces of one pipe (64 KiB), and pushes after each. A corked socket
// fills its segments instead: a fifth less time per byte. Smaller files are one piece anyway.
constexpr size_t kCorkedBytes = 64 << 10;

class PlainStream final : public Stream {
 public:
  explicit PlainStream(FileDescriptor socket) : socket_(std::move(socket)) {}

  int fd() const override { return socket_.get(); }
  IoStatus Handshake() override { return IoStatus::kOk; }
  bool negotiated_h2() const override { return false; }
  bool encrypted() const override { return false; }

  IoResult Read(std::span<char> space) override {
    const ssize_t n = recv(fd(), space.data(), space.size(), 0);
    if (n > 0) return {IoStatus::kOk, static_cast<size_t>(n)};
    if (n == 0) return {IoStatus::kEnd, 0};
    return Failed();
  }

  IoResult Write(std::span<const iovec> pieces, bool more) override {
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    ssize_t n = 0;
    if (pieces.size() == 1) {
      n = send(fd(), pieces[0].iov_base, pieces[0].iov_len, flags);
    } else {
      msghdr message{};
      message.msg_iov = const_cast<iovec*>(pieces.data());
      message.msg_iovlen = pieces.size();
      n = sendmsg(fd(), &message, flags);
    }
    if (n >= 0) return {IoStatus::kOk, static_cast<size_t>(n)};
    return Failed();
  }

  IoResult SendFile(int file, int64_t offset, size_t count, bool more) override {
    if (!corked_ && count > kCorkedBytes) Cork(true);
    off_t position = offset;
    const ssize_t n = sendfile(fd(), file, &position, count);
    if (n < 0) return Failed();
    if (n == 0) return {IoStatus::kError, 0};
    const auto sent = static_cast<size_t>(n);
    if (corked_ && !more && sent == count) Cork(false);
    return {IoStatus::kOk, sent};
  }

  void ShutdownWrite() override { shutdown(fd(), SHUT_WR); }

 private:
  void Cork(bool on) {
    const int value = on ? 1 : 0;
    if (setsockopt(fd(), IPPROTO_TCP, TCP_CORK, &value, sizeof value) == 0) corked_ = on;
  }

  const FileDescriptor socket_;
  bool corked_ = false;
};

}  // namespace

std::unique_ptr<Stream> MakePlainStream(FileDescriptor socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace gantry::net
