#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "net/file_descriptor.h"
#include "net/reactor.h"
#include "net/socket_address.h"

namespace gantry::net {

// A bound, listening socket; several acceptors may share it. A stale unix-domain socket is removed
// before binding, the new one has mode 0600 and is removed in the end.
// Threads: const methods from any thread.
class ListenSocket {
 public:
  // Errors: unavailable/address_in_use, invalid_argument/bad_address.
  static Result<std::unique_ptr<ListenSocket>> Bind(const std::string& address);
  ~ListenSocket();
  ListenSocket(const ListenSocket&) = delete;
  ListenSocket& operator=(const ListenSocket&) = delete;

  int fd() const { return fd_.get(); }
  bool is_unix() const { return !unix_path_.empty(); }
  // With the real port.
  const std::string& address() const { return address_; }

 private:
  ListenSocket(FileDescriptor fd, std::string unix_path);
  const FileDescriptor fd_;
  const std::string unix_path_;
  const std::string address_;
};

// Accepts on one reactor. When the process has no descriptor left, it uses one kept in reserve to
// take each waiting client, and hands it to `refuse` before it is closed.
// Threads: the reactor's.
class Acceptor final : public EventHandler {
 public:
  // `peer`: address without port.
  using OnAccept = std::function<void(FileDescriptor socket, std::string peer)>;
  using OnRefuse = std::function<void(int socket)>;

  // `socket` outlives the acceptor.
  Acceptor(const ListenSocket& socket, OnAccept accept, OnRefuse refuse);
  Result<void> Start(Reactor& reactor);
  void Stop(Reactor& reactor);
  void OnEvents(uint32_t events) override;

 private:
  bool AcceptOne();
  void RefuseOne();
  const ListenSocket& socket_;
  const OnAccept accept_;
  const OnRefuse refuse_;
  FileDescriptor reserve_;
};

}  // namespace gantry::net
