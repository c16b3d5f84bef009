#include "audit/testing/fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "audit/search.h"
#include "audit/segment_reader.h"
#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::audit {

Record MakeRecord(uint64_t n) {
  const auto pick = [n](uint64_t salt, uint64_t count) { return (n * 2654435761U + salt) % count; };
  Record record;
  record.time = {1'700'000'000'000'000 + static_cast<int64_t>(n) * 1000};
  record.action = n % 7 == 0 ? "push" : n % 31 == 0 ? "denied" : "pull";
  record.outcome = n % 31 == 0 ? Outcome::kDenied : n % 97 == 0 ? Outcome::kFailed : Outcome::kOk;
  record.status = n % 31 == 0 ? 403 : 200;
  record.account = n % 11 == 0 ? "123456789012" : "000000000000";
  record.principal = "robot:ci-" + std::to_string(pick(1, 13));
  record.credential = "key-" + std::to_string(pick(1, 13));
  record.token = HexEncode(crypto::Sha256(std::to_string(n / 10))).substr(0, 32);
  record.peer = "10.0.0." + std::to_string(pick(2, 250));
  record.user_agent = "containerd/1.7." + std::to_string(pick(3, 4));
  record.repository = "team/app-" + std::to_string(pick(4, 40));
  if (n % 3 == 0) record.tag = "v" + std::to_string(pick(5, 9));
  record.digest = "sha256:" + HexEncode(crypto::Sha256("d" + std::to_string(pick(6, 200))));
  record.request_id = HexEncode(crypto::Sha256("r" + std::to_string(n))).substr(0, 32);
  if (n % 50 == 0) record.detail = R"({"reason":"policy","n":)" + std::to_string(n) + "}";
  return record;
}

bool operator==(const Record& a, const Record& b) {
  const auto left = TextsOf(a), right = TextsOf(b);
  for (size_t i = 0; i < kFieldCount; ++i) {
    if (*left[i] != *right[i]) return false;
  }
  return a.time == b.time && a.outcome == b.outcome && a.status == b.status;
}

NullLog::NullLog()
    : fd_(open("/dev/null", O_WRONLY | O_CLOEXEC)),
      logger_(std::make_unique<log::Logger>(fd_, log::Level::kError)) {}

NullLog::~NullLog() {
  logger_.reset();
  close(fd_);
}

Result<void> LogFixture::TryOpen() {
  Close();
  catalog_ = std::make_unique<Catalog>(fs_);
  TRY_ASSIGN(writer_, LogWriter::Open(fs_, *catalog_, clock_, null_.logger(), limits_));
  return Ok();
}

void LogFixture::Close() {
  writer_.reset();
  catalog_.reset();
  unprepared_ = 0;
}

Result<void> LogFixture::TryAppend(int count) {
  unprepared_ = count;
  return Retry();
}

Result<void> LogFixture::Retry() {
  if (unprepared_ > 0) {
    TRY(writer_->Prepare());
    for (; unprepared_ > 0; --unprepared_) {
      const Record record = MakeRecord(++appended_);
      writer_->Add(ViewOf(record));
    }
  }
  return writer_->Commit();
}

std::vector<Entry> LogFixture::ReadAll() {
  std::vector<Entry> entries;
  Query query;
  query.newest_first = false;
  query.limit = kSearchLimitMax;
  for (query.cursor = 0; query.cursor;) {
    auto found = Search(fs_, *catalog_, query);
    EXPECT_TRUE(found.ok());
    EXPECT_TRUE(found->damaged.empty());
    std::move(found->entries.begin(), found->entries.end(), std::back_inserter(entries));
    query.cursor = found->cursor;
  }
  return entries;
}

VerifyReport LogFixture::VerifyLog() {
  auto report = Verify(fs_);
  EXPECT_TRUE(report.ok());
  return *std::move(report);
}

std::string LogFixture::Describe(const VerifyReport& report) {
  std::string text;
  for (const Problem& problem : report.problems)
    text.append(ProblemName(problem.kind)).append(" ").append(problem.file) +=
        " " + std::to_string(problem.sequence) + ": " + problem.text + "\n";
  return text;
}

std::string LogFixture::ReadFile(const std::string& name) {
  const auto file = *fs_.Open(name, io::OpenMode::kRead);
  std::string bytes;
  EXPECT_TRUE(file && (*file)->ReadAt(0, 1 << 30, bytes).ok());
  return bytes;
}

void LogFixture::WriteFile(const std::string& name, const std::string& bytes) {
  EXPECT_TRUE(fs_.Remove(name).ok());
  const auto file = *fs_.Create(name);
  EXPECT_TRUE(file->WriteAt(0, bytes).ok());
}

std::vector<std::string> LogFixture::SegmentNames() {
  std::vector<std::string> names = *fs_.List("");
  std::erase_if(names, [](const std::string& name) { return !ParseSegmentName(name); });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace gantry::audit
