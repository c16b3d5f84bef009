#include "log/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <thread>
#include <vector>

namespace gantry::log {
namespace {

// A file in memory to log into.
class LogTest : public testing::Test {
 protected:
  LogTest() : fd_(memfd_create("log", MFD_CLOEXEC)) {}
  ~LogTest() override { close(fd_); }

  std::string Content() const {
    std::string text(static_cast<size_t>(lseek(fd_, 0, SEEK_END)), '\0');
    EXPECT_EQ(pread(fd_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    return text;
  }
  // The only line, from its level on.
  std::string OnlyLine() const {
    const std::string text = Content();
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    const size_t level = text.find("\"level\"");
    return level == std::string::npos ? text : text.substr(level, text.size() - level - 1);
  }

  const int fd_;
};

TEST_F(LogTest, ALineIsOneJsonObject) {
  Logger logger(fd_, Level::kInfo);
  Info(logger, "started").Field("address", "[::1]:5000").Field("port", 5000).Field("ratio", 0.5);
  logger.Flush();
  EXPECT_EQ(OnlyLine(),
            R"("level":"info","event":"started","address":"[::1]:5000","port":5000,"ratio":0.5})");
  EXPECT_EQ(Content().substr(0, 11), R"({"time":"20)");
}

TEST_F(LogTest, NumbersOfEveryKind) {
  Logger logger(fd_, Level::kDebug);
  Debug(logger, "n")
      .Field("min", INT64_MIN)
      .Field("max", UINT64_MAX)
      .Field("size", sizeof(char))
      .Field("short", static_cast<int16_t>(-3))
      .Field("yes", true)
      .Field("nan", std::nan(""))
      .Field("infinity", HUGE_VAL);
  logger.Flush();
  EXPECT_EQ(OnlyLine(),
            R"("level":"debug","event":"n","min":-9223372036854775808,"max":18446744073709551615,)"
            R"("size":1,"short":-3,"yes":true,"nan":null,"infinity":null})");
}

TEST_F(LogTest, TextCannotBreakOutOfItsLine) {
  Logger logger(fd_, Level::kInfo);
  Failure(logger, "e\n").Field("k\"", "a\"}\n{\xff");
  logger.Flush();
  EXPECT_EQ(OnlyLine(),
            "\"level\":\"error\",\"event\":\"e\\n\",\"k\\\"\":\"a\\\"}\\n{\xef\xbf\xbd\"}");
}

TEST_F(LogTest, LevelsBelowTheChosenOneAreOff) {
  Logger logger(fd_, Level::kWarning);
  EXPECT_FALSE(logger.Enabled(Level::kInfo));
  EXPECT_TRUE(logger.Enabled(Level::kWarning));
  Info(logger, "quiet").Field("k", "v").Field("n", 1).Field("d", 1.5).Field("b", true);
  logger.Write(Level::kInfo, "raw\n");
  Warning(logger, "loud");
  logger.Flush();
  EXPECT_EQ(OnlyLine(), R"("level":"warning","event":"loud"})");
}

TEST_F(LogTest, WhatWaitsIsWrittenAtTheEnd) {
  {
    Logger logger(fd_, Level::kInfo);
    Info(logger, "last");
  }
  EXPECT_EQ(OnlyLine(), R"("level":"info","event":"last"})");
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
  {
    Logger logger(fd_, Level::kInfo);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&logger, t] {
        const std::string line = std::string(99, static_cast<char>('a' + t)) + "\n";
        for (int i = 0; i < 5000; ++i) logger.Write(Level::kInfo, line);
        logger.Flush();
      });
    }
    for (auto& thread : threads) thread.join();
  }
  const std::string text = Content();
  ASSERT_EQ(text.size(), 4U * 5000 * 100);
  for (size_t i = 0; i < text.size(); i += 100) {
    ASSERT_EQ(text.substr(i, 100), std::string(99, text[i]) + "\n");
  }
}

class LogPipeTest : public testing::Test {
 protected:
  LogPipeTest() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~LogPipeTest() override {
    if (ends_[0] >= 0) close(ends_[0]);
    close(ends_[1]);
  }
  std::string ReadSome() {
    std::string text(1 << 16, '\0');
    const ssize_t n = read(ends_[0], text.data(), text.size());
    text.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return text;
  }
  int ends_[2] = {-1, -1};
};

TEST_F(LogPipeTest, ALineIsWrittenWithoutBeingAskedFor) {
  Logger logger(ends_[1], Level::kInfo);
  Info(logger, "one");
  EXPECT_NE(ReadSome().find(R"("event":"one")"), std::string::npos);
  Warning(logger, "two");
  EXPECT_NE(ReadSome().find(R"("event":"two")"), std::string::npos);
}

TEST_F(LogPipeTest, DropsAndCountsWhenNobodyReads) {
  // The pipe does not block, so that the writer meets EAGAIN as well.
  ASSERT_EQ(fcntl(ends_[1], F_SETFL, O_NONBLOCK), 0);
  const std::string line = std::string(1023, 'x') + "\n";
  constexpr size_t kLines = 10000;  // 10 MB
  std::string received;
  std::thread reader;
  {
    Logger logger(ends_[1], Level::kInfo);
    for (size_t i = 0; i < kLines; ++i) logger.Write(Level::kInfo, line);
    reader = std::thread([&] {
      while (received.find("log_lines_dropped") == std::string::npos || received.back() != '\n')
        received += ReadSome();
    });
    reader.join();
  }
  const size_t notice = received.find("{\"time\"");
  ASSERT_NE(notice, std::string::npos);
  ASSERT_EQ(notice % line.size(), 0U);
  const size_t written = notice / line.size();
  EXPECT_LT(written, kLines);
  EXPECT_GE(written * line.size(), size_t{8 << 20} - line.size());
  EXPECT_NE(received.find(R"("event":"log_lines_dropped","count":)" +
                          std::to_string(kLines - written) + "}"),
            std::string::npos);
}

TEST_F(LogPipeTest, AClosedPipeNeitherKillsNorBlocks) {
  close(ends_[0]);
  ends_[0] = -1;
  Logger logger(ends_[1], Level::kInfo);
  for (int i = 0; i < 3; ++i) {
    Info(logger, "lost");
    logger.Flush();
  }
}

}  // namespace
}  // namespace gantry::log
