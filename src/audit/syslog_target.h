#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "audit/exporter.h"
#include "audit/record.h"
#include "audit/tls_connection.h"
#include "base/clock.h"
#include "base/result.h"

namespace gantry::audit {

struct SyslogOptions {
  enum class Transport {
    kUdp,  // RFC 5426: a datagram each
    kTcp,  // RFC 6587, octet counting
    kTls,  // RFC 5425: the same over TLS
  };
  Transport transport = Transport::kTcp;
  std::string host;  // of the collector: a name or an address
  uint16_t port = 514;
  std::string hostname;  // what messages call this machine; "": "-"
  std::string ca_file;   // whom TLS believes; "" for the system's authorities
  Duration timeout = Seconds(10);
};

// Sends each entry as a message of RFC 5424: facility 13 (log audit), severity informational,
// warning for what was denied, error for what failed; the record is structured data "gantry@32473".
// TCP and TLS keep their connection; no transport tells whether the collector has stored what it
// got. Threads: one.
class SyslogTarget final : public ExportTarget {
 public:
  explicit SyslogTarget(SyslogOptions options) : options_(std::move(options)) {}
  ~SyslogTarget() override { Disconnect(); }
  SyslogTarget(const SyslogTarget&) = delete;
  SyslogTarget& operator=(const SyslogTarget&) = delete;

  // unavailable/syslog_unreachable when it cannot connect or send; the next call connects again.
  Result<void> Send(std::span<const Entry> entries) override;

 private:
  Result<void> Connect();
  Result<void> Secure();
  void Disconnect();
  Result<void> SendAll(std::string_view bytes);

  const SyslogOptions options_;
  int fd_ = -1;
  std::optional<TlsConnection> tls_;  // over fd_
};

// The message for an entry, without framing.
std::string SyslogMessage(const Entry& entry, const std::string& hostname);

}  // namespace gantry::audit
