#include "server/verify.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "cli/text.h"
#include "json/writer.h"
#include "server/data_folder.h"
#include "server/registry.h"
#include "server/stores.h"

namespace gantry::server {
namespace {

constexpr int64_t kProgressEvery = 100;  // blobs

std::string SummaryText(const core::Verification& verification) {
  return std::to_string(verification.blobs) + " blobs, " + cli::BytesText(verification.bytes) +
         " checked";
}

std::string VerificationJson(const core::Verification& verification) {
  std::string text;
  json::Writer writer(text);
  writer.BeginObject();
  writer.Key("blobs").Int(verification.blobs).Key("bytes").Int(verification.bytes);
  writer.Key("orphans").Int(verification.orphans).Key("uploads").Int(verification.uploads);
  writer.Key("defects").BeginArray();
  for (const core::Defect& defect : verification.defects) {
    writer.BeginObject().Key("what").String(defect.what);
    writer.Key("subject").String(defect.subject).Key("detail").String(defect.detail).EndObject();
  }
  writer.EndArray().EndObject();
  return text;
}

}  // namespace

Result<core::Verification> Verify(const Config& config) {
  umask(077);
  const SystemClock clock;
  log::Logger logger(STDERR_FILENO, log::Level::kWarning);
  TRY_ASSIGN(const auto folder, DataFolder::Lock(config.data));
  TRY_ASSIGN(const Stores stores, Stores::Open(config.database, *folder, logger));
  TRY_ASSIGN(const auto registry,
             Registry::Open(*stores.db, *stores.blobs, clock, logger, core::Settings()));
  const bool show = isatty(STDERR_FILENO) == 1;
  TRY_ASSIGN(core::Verification verification,
             core::VerifyStore(registry->store(), [&](const core::Verification& so_far) {
               if (show && so_far.blobs % kProgressEvery == 0)
                 std::fprintf(stderr, "\r%s", SummaryText(so_far).c_str());
             }));
  if (show) std::fputs("\r\033[K", stderr);
  return verification;
}

void PrintVerification(const core::Verification& verification, bool json) {
  if (json) {
    std::puts(VerificationJson(verification).c_str());
    return;
  }
  for (const core::Defect& defect : verification.defects)
    std::printf("%s: %s: %s\n", defect.what.c_str(), defect.subject.c_str(), defect.detail.c_str());
  std::printf("%s: %zu defects, %s orphans, %s uploads in progress\n",
              SummaryText(verification).c_str(), verification.defects.size(),
              std::to_string(verification.orphans).c_str(),
              std::to_string(verification.uploads).c_str());
}

}  // namespace gantry::server
