#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "audit/catalog.h"
#include "audit/log_writer.h"
#include "audit/record.h"
#include "audit/verify.h"
#include "io/fault_file_system.h"
#include "log/log.h"

namespace gantry::audit {

// The n-th of a series of records that look like those of a registry: few principals and user
// agents, more repositories, many digests. Every one has a request id of its own.
Record MakeRecord(uint64_t n);

bool operator==(const Record& a, const Record& b);

// A logger that writes nowhere.
class NullLog {
 public:
  NullLog();
  ~NullLog();
  log::Logger& logger() { return *logger_; }

 private:
  int fd_;
  std::unique_ptr<log::Logger> logger_;
};

// A log in memory, written without threads.
class LogFixture : public testing::Test {
 protected:
  // Opens the log as after a start of the process.
  Result<void> TryOpen();
  void Open() { ASSERT_TRUE(TryOpen().ok()); }
  void Close();
  // Appends MakeRecord(appended_ + 1) and so on, in one batch.
  Result<void> TryAppend(int count);
  void Append(int count) { ASSERT_TRUE(TryAppend(count).ok()); }
  // Tries the batch of a TryAppend that failed again.
  Result<void> Retry();
  // Everything that can be found, oldest first.
  std::vector<Entry> ReadAll();
  VerifyReport VerifyLog();
  static std::string Describe(const VerifyReport& report);

  std::string ReadFile(const std::string& name);
  void WriteFile(const std::string& name, const std::string& bytes);
  std::vector<std::string> SegmentNames();

  SegmentLimits limits_;
  FakeClock clock_;
  NullLog null_;
  io::FaultFileSystem fs_{clock_};
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<LogWriter> writer_;
  uint64_t appended_ = 0;
  int unprepared_ = 0;  // records of a failed batch that could not be added yet
};

}  // namespace gantry::audit
