#include "audit/exporter.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "audit/syslog_target.h"
#include "audit/testing/fixture.h"
#include "json/document.h"

namespace gantry::audit {
namespace {

class ListTarget final : public ExportTarget {
 public:
  Result<void> Send(std::span<const Entry> entries) override {
    if (fails) return Unavailable("target_down", "the target is down");
    for (const Entry& entry : entries) sequences.push_back(entry.sequence);
    return Ok();
  }
  bool fails = false;
  std::vector<uint64_t> sequences;
};

class ExporterTest : public testing::Test {
 protected:
  ExporterTest() { Append(1, 2500); }

  void Append(uint64_t first, uint64_t last) {
    Log::Ticket ticket;
    for (uint64_t n = first; n <= last; ++n) ticket = log_->Append(ViewOf(MakeRecord(n)));
    EXPECT_TRUE(log_->Wait(ticket).ok());
  }

  SystemClock clock_;
  NullLog null_;
  io::FaultFileSystem fs_{clock_};
  std::unique_ptr<Log> log_ = *Log::Open(fs_, clock_, null_.logger());
};

TEST_F(ExporterTest, SendsEverythingOnceAcrossRestarts) {
  ListTarget target;
  for (const int64_t expected : {1000, 1000, 500, 0})
    EXPECT_EQ(*Exporter(*log_, fs_, "export.cursor", target).Step(), expected);
  Append(2501, 2510);
  target.fails = true;
  Exporter exporter(*log_, fs_, "export.cursor", target);
  EXPECT_EQ(exporter.Step().error().reason(), "target_down");
  target.fails = false;
  EXPECT_EQ(*exporter.Step(), 10);
  ASSERT_EQ(target.sequences.size(), 2510U);
  for (size_t i = 0; i < target.sequences.size(); ++i) EXPECT_EQ(target.sequences[i], i + 1);
}

TEST_F(ExporterTest, RefusesACursorThatIsNone) {
  ListTarget target;
  const auto step_with = [&](const std::string& cursor) {
    EXPECT_TRUE(fs_.Remove("export.cursor").ok());
    EXPECT_TRUE((*fs_.Create("export.cursor"))->WriteAt(0, cursor).ok());
    return std::string(Exporter(*log_, fs_, "export.cursor", target).Step().error().reason());
  };
  EXPECT_EQ(step_with(""), "export_cursor_invalid");
  EXPECT_EQ(step_with("12\n"), "export_cursor_invalid");
  EXPECT_EQ(step_with("00000000000000009999\n"), "export_cursor_ahead");
}

TEST_F(ExporterTest, WritesLinesOfJson) {
  std::string folder = (std::filesystem::temp_directory_path() / "audit_test.XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/audit.jsonl";
  std::ofstream(path) << "{\"cut";  // of an earlier process
  FileTarget target(path);
  Exporter exporter(*log_, fs_, "export.cursor", target);
  while (*exporter.Step() > 0) {
  }
  std::ifstream file(path);
  std::string line;
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_EQ(line, "{\"cut");
  int64_t lines = 0;
  while (std::getline(file, line)) {
    const auto document = json::Document::Parse(line);
    ASSERT_TRUE(document.ok()) << line;
    const json::Value root = document->root();
    EXPECT_EQ(root.Find("sequence").Int(), ++lines);
    EXPECT_EQ(root.Find("repository").String(),
              MakeRecord(static_cast<uint64_t>(lines)).repository);
    if (lines % 50 == 0) {
      EXPECT_EQ(root.Find("detail").Find("n").Int(), lines);
    }
  }
  EXPECT_EQ(lines, 2500);
  std::filesystem::remove_all(folder);
}

TEST(AuditJson, HostileTextsStayInTheirStrings) {
  Entry entry;
  entry.sequence = 1;
  entry.record.user_agent = "\"},{\n\xff\x01";
  entry.record.detail = "{\"a\":\n1}";
  std::string line;
  AppendJson(entry, line);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto document = json::Document::Parse(line);
  ASSERT_TRUE(document.ok()) << line;
  EXPECT_EQ(document->root().Find("user_agent").String(), "\"},{\n\xEF\xBF\xBD\x01");
}

TEST(SyslogMessage, HasTheFormOfTheRfc) {
  Entry entry;
  entry.sequence = 7;
  entry.record.time = {1'700'000'000'123'456};
  entry.record.action = "pull";
  entry.record.outcome = Outcome::kDenied;
  entry.record.status = 403;
  entry.record.user_agent = "a\"b\\c]d\ne\xff";
  EXPECT_EQ(SyslogMessage(entry, "host 1"),
            "<108>1 2023-11-14T22:13:20.123456Z host1 gantry - pull [gantry@32473 sequence=\"7\" "
            "outcome=\"denied\" status=\"403\" action=\"pull\" "
            "userAgent=\"a\\\"b\\\\c\\]d e\xEF\xBF\xBD\"]");
  entry.record.action = "\n \xff";
  EXPECT_NE(SyslogMessage(entry, "").find("Z - gantry - - ["), std::string::npos);
}

// A socket of this machine, bound to a free port.
struct Receiver {
  explicit Receiver(int type) : fd(socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    if (type == SOCK_STREAM) {
      EXPECT_EQ(listen(fd, 1), 0);
    }
    socklen_t size = sizeof address;
    EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
  }
  ~Receiver() { close(fd); }
  const int fd;
  uint16_t port = 0;
};

std::vector<Entry> TwoEntries() { return {{1, MakeRecord(1)}, {2, MakeRecord(2)}}; }

TEST(SyslogTarget, SendsADatagramForEachEntry) {
  const Receiver receiver(SOCK_DGRAM);
  SyslogOptions options;
  options.transport = SyslogOptions::Transport::kUdp;
  options.host = "127.0.0.1";
  options.port = receiver.port;
  SyslogTarget target(options);
  const auto entries = TwoEntries();
  ASSERT_TRUE(target.Send(entries).ok());
  for (const Entry& entry : entries) {
    std::string datagram(65536, '\0');
    const ssize_t n = recv(receiver.fd, datagram.data(), datagram.size(), 0);
    ASSERT_GT(n, 0);
    EXPECT_EQ(datagram.substr(0, static_cast<size_t>(n)), SyslogMessage(entry, ""));
  }
}

TEST(SyslogTarget, CountsOctetsOverTcpAndConnectsAgain) {
  SyslogOptions options;
  options.host = "127.0.0.1";
  {
    const Receiver gone(SOCK_STREAM);
    options.port = gone.port;
  }
  const auto entries = TwoEntries();
  EXPECT_EQ(SyslogTarget(options).Send(entries).error().reason(), "syslog_unreachable");

  const Receiver receiver(SOCK_STREAM);
  options.port = receiver.port;
  std::string expected;
  for (const Entry& entry : entries) {
    const std::string message = SyslogMessage(entry, "");
    expected += std::to_string(message.size()) + " " + message;
  }
  SyslogTarget target(options);
  for (int connections = 0; connections < 2; ++connections) {
    // What is sent into a connection that the peer has closed fails at the second attempt at most.
    bool sent = target.Send(entries).ok();
    for (int tries = 0; connections == 1 && tries < 1000 && target.Send(entries).ok(); ++tries) {
    }
    if (connections == 1) sent = target.Send(entries).ok();
    ASSERT_TRUE(sent);
    const int peer = accept(receiver.fd, nullptr, nullptr);
    ASSERT_GE(peer, 0);
    std::string got;
    while (got.size() < expected.size()) {
      char buffer[4096];
      const ssize_t n = recv(peer, buffer, sizeof buffer, 0);
      ASSERT_GT(n, 0);
      got.append(buffer, static_cast<size_t>(n));
    }
    EXPECT_EQ(got.substr(0, expected.size()), expected);
    close(peer);
  }
}

}  // namespace
}  // namespace gantry::audit
