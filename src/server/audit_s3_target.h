#pragma once

#include <span>
#include <string>

#include "audit/exporter.h"
#include "base/clock.h"
#include "base/result.h"
#include "httpc/client.h"
#include "server/config.h"

namespace gantry::server {

// Puts audit records into a bucket of S3 or what speaks like it: an object for each Send, lines of
// JSON, PREFIX/SEQUENCE.jsonl by the sequence of its first record, in twenty digits. What is sent
// again replaces the same object by one that has at least its records. Threads: one.
class AuditS3Target final : public audit::ExportTarget {
 public:
  // `client` and `clock` outlive this.
  AuditS3Target(Config::AuditS3 config, httpc::Client& client, const Clock& clock)
      : config_(std::move(config)), client_(client), clock_(clock) {}

  // unavailable/s3_refused with what the service says; failed_precondition/s3_secret_missing.
  Result<void> Send(std::span<const audit::Entry> entries) override;

 private:
  Result<std::string> Secret() const;

  const Config::AuditS3 config_;
  httpc::Client& client_;
  const Clock& clock_;
};

}  // namespace gantry::server
