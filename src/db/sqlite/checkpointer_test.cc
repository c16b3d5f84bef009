#include "db/sqlite/checkpointer.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <memory>
#include <string>

#include "db/testing/temp_folder.h"

namespace gantry::db::sqlite {
namespace {

constexpr int kFrames = 50;
constexpr int kWritesMax = 20'000;  // far more than a checkpoint needs

constexpr Sql kInsert{"INSERT INTO t (body) VALUES (zeroblob(8000))"};
constexpr Sql kBegin{"BEGIN"};

class CheckpointerTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.path = folder_.path() + "/test.db";
    writer_ = *Connection::Open(options_, nullptr);
    ASSERT_TRUE(writer_->RunScript("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)").ok());
    sqlite3_exec(writer_->handle(), "PRAGMA synchronous = OFF", nullptr, nullptr, nullptr);
    checkpointer_ =
        std::make_unique<Checkpointer>(*Connection::Open(options_, nullptr), queue_, kFrames);
    sqlite3_wal_hook(writer_->handle(), OnCommit, this);
  }

  static int OnCommit(void* self, sqlite3*, const char*, int frames) {
    static_cast<CheckpointerTest*>(self)->log_frames_ = frames;
    static_cast<CheckpointerTest*>(self)->checkpointer_->Notice(frames);
    return SQLITE_OK;
  }

  // One write, as SqliteDb makes it; returns the pages in the log after it.
  int Write() {
    WriteQueue::Ticket ticket;
    EXPECT_TRUE(queue_.Lead(ticket));
    EXPECT_TRUE(writer_->Run(kInsert).ok());
    WriteQueue::Ticket* const group[] = {&ticket};
    queue_.Finish(group);
    return log_frames_;
  }

  // Whether the log starts again from its beginning at last.
  bool WriteUntilRestart() {
    int highest = 0;
    for (int i = 0; i < kWritesMax; ++i) {
      const int frames = Write();
      if (frames < highest) return true;
      highest = frames;
    }
    return false;
  }

  TempFolder folder_;
  SqliteOptions options_;
  WriteQueue queue_;
  int log_frames_ = 0;
  std::unique_ptr<Connection> writer_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

TEST_F(CheckpointerTest, TheLogStartsAgainWhileWritersGoOn) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(WriteUntilRestart());
}

TEST_F(CheckpointerTest, AReaderHoldsTheLogNotTheWriters) {
  auto reader = *Connection::Open(options_, nullptr);
  ASSERT_TRUE(WriteUntilRestart());
  ASSERT_TRUE(reader->Run(kBegin).ok());
  sqlite3_exec(reader->handle(), "SELECT * FROM t LIMIT 1", nullptr, nullptr, nullptr);
  int frames = 0;
  for (int i = 0; i < 10 * kFrames; ++i) frames = std::max(frames, Write());
  EXPECT_GE(frames, 10 * kFrames);  // a row is two pages and more
  reader->Rollback();
  EXPECT_TRUE(WriteUntilRestart());
}

}  // namespace
}  // namespace gantry::db::sqlite
