#include "net/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace gantry::net {
namespace {

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerRound = 64;  // so that open connections get their turn

FileDescriptor OpenReserve() { return FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

// True if somebody accepts connections there.
bool Answers(const SocketAddress& address) {
  const FileDescriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int result =
      connect(probe.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length);
  return result == 0 || errno == EAGAIN;
}

Result<void> PrepareUnixPath(const SocketAddress& address) {
  struct stat info {};
  if (lstat(address.unix_path.c_str(), &info) != 0) return Ok();
  if (!S_ISSOCK(info.st_mode)) {
    return InvalidArgument("bad_address", "\"" + address.unix_path +
                                              "\" exists and is no socket; choose another path");
  }
  if (Answers(address)) {
    return Unavailable("address_in_use",
                       "another program serves the socket \"" + address.unix_path + "\"");
  }
  unlink(address.unix_path.c_str());
  return Ok();
}

Error BindError(const std::string& address, int error) {
  if (error == EADDRINUSE) {
    return Unavailable("address_in_use", "the address " + address +
                                             " is in use by another program; choose another port");
  }
  if (error == EADDRNOTAVAIL || error == EACCES || error == ENOENT || error == EAFNOSUPPORT) {
    return InvalidArgument(
        "bad_address", "cannot listen on " + address + ": " + FromErrno(error, "bind").message());
  }
  return FromErrno(error, "cannot listen on " + address);
}

}  // namespace

Result<std::unique_ptr<ListenSocket>> ListenSocket::Bind(const std::string& text) {
  TRY_ASSIGN(const SocketAddress address, SocketAddress::Parse(text));
  const bool is_unix = !address.unix_path.empty();
  if (is_unix) TRY(PrepareUnixPath(address));
  FileDescriptor fd(
      socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return FromErrno(errno, "socket");
  const int on = 1;
  if (!is_unix) {
    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Accepted sockets inherit it.
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  } else {
    // The mode of the file that bind makes.
    fchmod(fd.get(), 0600);
  }
  if (bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0) {
    return BindError(text, errno);
  }
  std::unique_ptr<ListenSocket> socket(new ListenSocket(std::move(fd), address.unix_path));
  if (is_unix && chmod(address.unix_path.c_str(), 0600) != 0) return FromErrno(errno, "chmod");
  if (listen(socket->fd(), kBacklog) != 0) return BindError(text, errno);
  return socket;
}

ListenSocket::ListenSocket(FileDescriptor fd, std::string unix_path)
    : fd_(std::move(fd)), unix_path_(std::move(unix_path)), address_(BoundAddress(fd_.get())) {}

ListenSocket::~ListenSocket() {
  if (!unix_path_.empty()) unlink(unix_path_.c_str());
}

Acceptor::Acceptor(const ListenSocket& socket, OnAccept accept, OnRefuse refuse)
    : socket_(socket),
      accept_(std::move(accept)),
      refuse_(std::move(refuse)),
      reserve_(OpenReserve()) {}

Result<void> Acceptor::Start(Reactor& reactor) {
  // Exclusive: one waiting client wakes one reactor.
  return reactor.Add(socket_.fd(), EPOLLIN | EPOLLEXCLUSIVE, *this);
}

void Acceptor::Stop(Reactor& reactor) { reactor.Remove(socket_.fd()); }

void Acceptor::OnEvents(uint32_t) {
  for (int i = 0; i < kAcceptsPerRound; ++i) {
    if (!AcceptOne()) return;
  }
}

bool Acceptor::AcceptOne() {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  FileDescriptor accepted(accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&storage), &length,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (accepted.valid()) {
    accept_(std::move(accepted), socket_.is_unix() ? "unix" : PeerHost(storage));
    return true;
  }
  if (errno == EMFILE || errno == ENFILE) {
    RefuseOne();
    return false;
  }
  // A client that was gone before it was accepted is no reason to stop.
  return errno == ECONNABORTED || errno == EINTR;
}

void Acceptor::RefuseOne() {
  reserve_.Close();
  {
    const FileDescriptor accepted(
        accept4(socket_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.valid()) refuse_(accepted.get());
  }
  reserve_ = OpenReserve();
}

}  // namespace gantry::net
