#include "cli/loopback.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace gantry::cli {
namespace {

constexpr size_t kHeadBytesMax = 8 << 10;
constexpr int kReadSecondsMax = 2;  // a browser that opens a connection in advance says nothing
constexpr int kBacklog = 8;

Error SystemError(const char* what) { return FromErrno(errno, what); }

void Answer(int fd, bool done) {
  const std::string text = done ? "You are logged in. Close this page.\n" : "not found\n";
  const std::string answer =
      std::string(done ? "HTTP/1.1 200 OK" : "HTTP/1.1 404 Not Found") +
      "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: " +
      std::to_string(text.size()) +
      "\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n" +
      text;
  (void)!::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
}

std::string ReadHead(int fd) {
  timeval timeout{};
  timeout.tv_sec = kReadSecondsMax;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  std::string head;
  char buffer[1024];
  while (head.size() < kHeadBytesMax && head.find("\r\n\r\n") == std::string::npos) {
    const ssize_t n = ::recv(fd, buffer, sizeof buffer, 0);
    if (n <= 0) break;
    head.append(buffer, static_cast<size_t>(n));
  }
  return head;
}

// Of a query; what it brings needs no decoding.
std::string_view ParameterOf(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
  }
  return {};
}

}  // namespace

Result<Loopback> Loopback::Open() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return SystemError("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  Loopback made(fd, 0);
  if (::bind(fd, any, size) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::getsockname(fd, any, &size) != 0) {
    return SystemError("a port of 127.0.0.1");
  }
  made.port_ = ntohs(address.sin_port);
  return made;
}

Loopback::~Loopback() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::string> Loopback::WaitForCode(std::string_view state, Duration timeout) {
  const SystemClock clock;
  const Time deadline = clock.Monotonic() + timeout;
  for (;;) {
    const int64_t left_ms = (deadline - clock.Monotonic()).micros / 1000;
    if (left_ms <= 0) {
      return Error(Code::kDeadlineExceeded, "login_timeout",
                   "nobody logged in; run the command again");
    }
    pollfd wait{fd_, POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(left_ms)) <= 0) continue;
    const int peer = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) continue;
    const std::string code = CodeOf(ReadHead(peer), state);
    Answer(peer, !code.empty());
    ::close(peer);
    if (!code.empty()) return code;
  }
}

std::string CodeOf(std::string_view head, std::string_view state) {
  constexpr std::string_view kStart = "GET /?";
  if (!head.starts_with(kStart)) return "";
  head.remove_prefix(kStart.size());
  const std::string_view query = head.substr(0, head.find_first_of(" \r\n"));
  if (ParameterOf(query, "state") != state) return "";
  return std::string(ParameterOf(query, "code"));
}

}  // namespace gantry::cli
