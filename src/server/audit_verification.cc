#include "server/audit_verification.h"

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/encoding.h"
#include "io/posix_file_system.h"
#include "json/writer.h"

namespace gantry::server {
namespace {

constexpr size_t kPublicKeyBytes = 32;

std::string TextOf(const audit::Problem& problem) {
  std::string text(audit::ProblemName(problem.kind));
  if (!problem.file.empty()) text += " " + problem.file;
  if (problem.sequence != 0) text += " from record " + std::to_string(problem.sequence);
  return text + ": " + problem.text;
}

void PrintJson(const audit::VerifyReport& report) {
  std::string text;
  json::Writer writer(text);
  const auto number = [&](const char* key, uint64_t value) {
    writer.Key(key).Int(static_cast<int64_t>(value));
  };
  writer.BeginObject().Key("ok").Bool(report.ok());
  number("segments", report.segments);
  number("records", report.records);
  number("firstSequence", report.first_sequence);
  number("lastSequence", report.last_sequence);
  number("removedSequence", report.removed_sequence);
  number("signedSequence", report.signed_sequence);
  number("checkpoints", report.checkpoints);
  number("problemsCount", report.problems_count);
  writer.Key("problems").BeginArray();
  for (const audit::Problem& problem : report.problems) {
    writer.BeginObject();
    writer.Key("kind").String(audit::ProblemName(problem.kind)).Key("file").String(problem.file);
    number("sequence", problem.sequence);
    writer.Key("text").String(problem.text).EndObject();
  }
  writer.EndArray().EndObject();
  std::puts(text.c_str());
}

void PrintSentences(const audit::VerifyReport& report) {
  for (const audit::Problem& problem : report.problems) std::puts(TextOf(problem).c_str());
  if (report.problems_count > report.problems.size()) {
    const std::string more = std::to_string(report.problems_count - report.problems.size());
    std::puts(("and " + more + " more").c_str());
  }
  const std::string text = std::to_string(report.records) + " records in " +
                           std::to_string(report.segments) + " segments, signed up to " +
                           std::to_string(report.signed_sequence) +
                           (report.ok() ? ": as they were written" : ": NOT as they were written");
  std::puts(text.c_str());
}

}  // namespace

Result<audit::VerifyReport> VerifyAuditLog(const std::string& folder,
                                           const std::string& public_key) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return NotFound("audit_folder_missing", "there is no folder " + folder);
  }
  audit::VerifyOptions options;
  if (!public_key.empty()) {
    options.public_key = HexDecode(public_key);
    if (!options.public_key || options.public_key->size() != kPublicKeyBytes) {
      return InvalidArgument("public_key_invalid",
                             "a public key is 64 hexadecimal digits, as gantry audit public-key "
                             "prints them");
    }
  }
  TRY_ASSIGN(const auto files, io::OpenPosixFileSystem(folder));
  return audit::Verify(*files, options);
}

void PrintAuditReport(const audit::VerifyReport& report, bool json) {
  if (json) {
    PrintJson(report);
  } else {
    PrintSentences(report);
  }
}

}  // namespace gantry::server
