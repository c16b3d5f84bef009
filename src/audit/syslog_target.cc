#include "audit/syslog_target.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "base/json_string.h"

namespace gantry::audit {
namespace {

constexpr int kFacilityLogAudit = 13;
constexpr std::array<std::string_view, kFieldCount> kNames = {
    "action",    "account",    "principal", "credential", "token",     "peer",
    "userAgent", "repository", "tag",       "digest",     "requestId", "detail"};

int Severity(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return 6;
    case Outcome::kDenied:
      return 4;
    case Outcome::kFailed:
      return 3;
  }
  return 3;
}

// A header field: printable ASCII without blanks, of limited length; "-" when nothing is left.
std::string HeaderField(std::string_view text, size_t max) {
  std::string field;
  for (const char c : text) {
    if (c > ' ' && c < 0x7f && field.size() < max) field += c;
  }
  return field.empty() ? "-" : field;
}

// RFC 5424, section 6.3.3: UTF-8, with '"', '\' and ']' escaped. What is not UTF-8 becomes U+FFFD,
// and control characters become blanks, for collectors that write a message a line.
void AppendParameter(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  while (!value.empty()) {
    const size_t size = Utf8SequenceLength(value);
    const auto c = static_cast<unsigned char>(value[0]);
    if (size == 0) {
      out += "\xEF\xBF\xBD";
    } else if (c < 0x20 || c == 0x7f) {
      out += ' ';
    } else {
      if (c == '"' || c == '\\' || c == ']') out += '\\';
      out.append(value.substr(0, size));
    }
    value.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

Error Unreachable(const SyslogOptions& options, const std::string& why) {
  return Unavailable("syslog_unreachable", "the syslog collector " + options.host + ":" +
                                               std::to_string(options.port) +
                                               " cannot be reached: " + why);
}

std::string ErrnoText() { return std::generic_category().message(errno); }

}  // namespace

std::string SyslogMessage(const Entry& entry, const std::string& hostname) {
  const Record& record = entry.record;
  std::string out = "<" + std::to_string(kFacilityLogAudit * 8 + Severity(record.outcome)) + ">1 ";
  out += FormatTime(record.time) + " " + HeaderField(hostname, 255) + " gantry - " +
         HeaderField(record.action, 32) + " [gantry@32473";
  AppendParameter(out, "sequence", std::to_string(entry.sequence));
  AppendParameter(out, "outcome", OutcomeName(record.outcome));
  if (record.status != 0) AppendParameter(out, "status", std::to_string(record.status));
  const auto texts = TextsOf(record);
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (!texts[i]->empty()) AppendParameter(out, kNames[i], *texts[i]);
  }
  out += "]";
  return out;
}

Result<void> SyslogTarget::Send(std::span<const Entry> entries) {
  if (fd_ < 0) TRY(Connect());
  std::string stream;
  for (const Entry& entry : entries) {
    const std::string message = SyslogMessage(entry, options_.hostname);
    if (options_.transport == SyslogOptions::Transport::kUdp) {
      TRY(SendAll(message));
    } else {
      stream += std::to_string(message.size()) + " " + message;
    }
  }
  return SendAll(stream);
}

Result<void> SyslogTarget::Connect() {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  const bool is_udp = options_.transport == SyslogOptions::Transport::kUdp;
  hints.ai_socktype = is_udp ? SOCK_DGRAM : SOCK_STREAM;
  addrinfo* list = nullptr;
  const int status =
      getaddrinfo(options_.host.c_str(), std::to_string(options_.port).c_str(), &hints, &list);
  if (status != 0) return Unreachable(options_, gai_strerror(status));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(list, &freeaddrinfo);
  std::string why = "it has no address";
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) {
    fd_ = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd_ < 0) {
      why = ErrnoText();
      continue;
    }
    timeval timeout{};
    timeout.tv_sec = static_cast<time_t>(options_.timeout.micros / 1'000'000);
    timeout.tv_usec = static_cast<suseconds_t>(options_.timeout.micros % 1'000'000);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    if (connect(fd_, a->ai_addr, a->ai_addrlen) == 0) {
      const Result<void> secured = Secure();
      if (secured.ok()) return Ok();
      why = secured.error().message();
    } else {
      why = ErrnoText();
    }
    Disconnect();
  }
  return Unreachable(options_, why);
}

Result<void> SyslogTarget::Secure() {
  if (options_.transport != SyslogOptions::Transport::kTls) return Ok();
  TRY_ASSIGN(tls_, TlsConnection::Begin(fd_, options_.host, options_.ca_file));
  return Ok();
}

void SyslogTarget::Disconnect() {
  tls_.reset();
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<void> SyslogTarget::SendAll(std::string_view bytes) {
  if (tls_) {
    Result<void> sent = tls_->Send(bytes);
    if (!sent.ok()) Disconnect();
    return sent;
  }
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      Error error = Unreachable(options_, ErrnoText());
      Disconnect();
      return error;
    }
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return Ok();
}

}  // namespace gantry::audit
