#include "http/testing/client.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/assert.h"
#include "base/encoding.h"
#include "http/ascii.h"
#include "net/socket_address.h"

namespace gantry::http::testing {
namespace {

void SetTimeout(int fd, int option, int millis) {
  const timeval timeout = {millis / 1000, millis % 1000 * 1000};
  setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof timeout);
}

net::FileDescriptor Connect(const net::SocketAddress& address) {
  net::FileDescriptor fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(fd.get(), where, address.length) != 0) fd.Close();
  return fd;
}

}  // namespace

std::string Answer::Header(std::string_view name) const {
  for (size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
    const std::string_view line =
        std::string_view(head).substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) break;
    if (EqualsIgnoreCase(line.substr(0, colon), name)) return std::string(line.substr(colon + 2));
  }
  return {};
}

Client::Client(const std::string& address) {
  const auto parsed = net::SocketAddress::Parse(address);
  GANTRY_ASSERT(parsed.ok());
  fd_ = Connect(*parsed);
  GANTRY_ASSERT(fd_.valid());
  SetTimeout(fd(), SO_RCVTIMEO, 20'000);
  SetTimeout(fd(), SO_SNDTIMEO, 20'000);
}

bool Client::Connects(const std::string& address) {
  const auto parsed = net::SocketAddress::Parse(address);
  return parsed.ok() && Connect(*parsed).valid();
}

void Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;  // what the server says will show why
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

size_t Client::SendWhileTaken(std::string_view bytes) {
  SetTimeout(fd(), SO_SNDTIMEO, 500);
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) break;
    sent += static_cast<size_t>(n);
  }
  SetTimeout(fd(), SO_SNDTIMEO, 20'000);
  return sent;
}

bool Client::More() {
  std::array<char, 65536> bytes;
  const ssize_t n = recv(fd(), bytes.data(), bytes.size(), 0);
  if (n <= 0) return false;
  buffer_.append(bytes.data(), static_cast<size_t>(n));
  return true;
}

Answer Client::Receive(bool head_request) {
  Answer answer;
  size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!More()) return answer;
  }
  answer.head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  answer.status = std::atoi(answer.head.c_str() + 9);
  if (head_request || answer.status == 204 || answer.status == 304 || answer.status < 200) {
    answer.complete = true;
    return answer;
  }
  if (const auto length = ParseDecimal(answer.Header("Content-Length"))) {
    while (static_cast<int64_t>(buffer_.size()) < *length && More()) {
    }
    answer.body = buffer_.substr(0, static_cast<size_t>(*length));
    buffer_.erase(0, answer.body.size());
    answer.complete = static_cast<int64_t>(answer.body.size()) == *length;
    return answer;
  }
  if (answer.Header("Transfer-Encoding") != "chunked") {
    while (More()) {
    }
    answer.body = std::exchange(buffer_, {});
    answer.complete = true;
    return answer;
  }
  for (;;) {
    size_t line = 0;
    while ((line = buffer_.find("\r\n")) == std::string::npos) {
      if (!More()) return answer;
    }
    const size_t size = std::strtoul(buffer_.c_str(), nullptr, 16);
    while (buffer_.size() < line + 2 + size + 2) {
      if (!More()) return answer;
    }
    answer.body += buffer_.substr(line + 2, size);
    buffer_.erase(0, line + 2 + size + 2);
    if (size > 0) continue;
    answer.complete = true;
    return answer;
  }
}

std::optional<std::string> Client::ReceiveAll() {
  errno = 0;
  while (More()) {
  }
  if (errno == ECONNRESET) return std::nullopt;
  return std::exchange(buffer_, {});
}

bool Client::AtEnd() {
  errno = 0;
  return buffer_.empty() && !More() && errno != EAGAIN;
}

void Client::ShutdownWrite() { shutdown(fd(), SHUT_WR); }

void Client::Reset() {
  const linger abort = {1, 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
  fd_.Close();
}

std::string Get(const std::string& path, const std::string& headers) {
  return "GET " + path + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n";
}

std::string Put(const std::string& path, const std::string& body, const std::string& headers) {
  return "PUT " + path +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         headers + "\r\n" + body;
}

std::string PutChunked(const std::string& path, const std::string& body, size_t size,
                       const std::string& headers) {
  std::string bytes = "PUT " + path + " HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n" +
                      headers + "\r\n";
  for (size_t at = 0; at < body.size(); at += size) {
    const std::string chunk = body.substr(at, size);
    std::array<char, 24> head{};
    std::snprintf(head.data(), head.size(), "%zX\r\n", chunk.size());
    bytes += head.data() + chunk + "\r\n";
  }
  return bytes + "0\r\n\r\n";
}

}  // namespace gantry::http::testing
