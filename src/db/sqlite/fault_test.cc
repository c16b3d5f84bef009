// What a full disk, a failing disk and a broken file do to a database.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "db/contract/suite.h"
#include "db/sqlite/fault_vfs.h"
#include "db/sqlite/sqlite_db.h"
#include "db/testing/temp_folder.h"

namespace gantry::db::sqlite {
namespace {

using contract::Outcome;

constexpr Sql kInsert{"INSERT INTO t (id, body) VALUES ($1, $2)"};
constexpr Sql kIds{"SELECT id FROM t ORDER BY id"};
constexpr const char* kTable = "CREATE TABLE t (id BIGINT PRIMARY KEY, body BYTEA)";

Result<void> Insert(Db& db, int64_t id, const std::string& body) {
  return db.Write([&](Tx& tx) -> Result<void> {
    TRY(tx.Execute(kInsert, {id, Value::Bytes(body)}));
    return Ok();
  });
}

std::set<int64_t> Ids(Db& db) {
  std::set<int64_t> ids;
  const Result<void> read = db.Read([&](Tx& tx) {
    ids.clear();
    return tx.Query(kIds, {}, [&](const Row& row) {
      ids.insert(row.Integer(0));
      return Ok();
    });
  });
  EXPECT_EQ(Outcome(read), "ok");
  return ids;
}

// No file of this process grows beyond `bytes` while this lives: the disk is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_;
  void (*handler_)(int);
};

class FaultTest : public testing::Test {
 protected:
  std::unique_ptr<Db> Open() {
    auto opened = SqliteDb::Open({.path = path_}, vfs_.name());
    EXPECT_EQ(Outcome(opened), "ok");
    return *std::move(opened);
  }

  std::unique_ptr<Db> OpenWithTable() {
    std::unique_ptr<Db> db = Open();
    EXPECT_EQ(Outcome(db->Write([](Tx& tx) { return tx.Script(kTable); })), "ok");
    return db;
  }

  TempFolder folder_;
  const std::string path_ = folder_.path() + "/test.db";
  FaultVfs vfs_;
};

TEST_F(FaultTest, AFullDiskIsSaidAndNothingAcknowledgedIsLost) {
  std::unique_ptr<Db> db = OpenWithTable();
  const std::string body(20'000, 'x');
  Mutex mutex;
  std::set<int64_t> acknowledged;
  std::atomic<int> refused = 0;
  std::atomic<int> strange = 0;
  {
    const FileSizeLimit limit(2 << 20);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 8; ++thread) {
      threads.emplace_back([&, thread] {
        for (int64_t i = 0; i < 40; ++i) {
          const int64_t id = thread * 1000 + i;
          const Result<void> wrote = Insert(*db, id, body);
          const MutexLock lock(mutex);
          if (wrote.ok()) {
            acknowledged.insert(id);
          } else if (Outcome(wrote) == "resource_exhausted/disk_full") {
            ++refused;
          } else {
            ++strange;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_GT(refused, 0);
    EXPECT_EQ(strange, 0);
    EXPECT_EQ(Ids(*db), acknowledged);  // reading goes on
  }
  EXPECT_FALSE(acknowledged.empty());
  EXPECT_EQ(Outcome(Insert(*db, 9999, body)), "ok");
  acknowledged.insert(9999);
  EXPECT_EQ(Ids(*db), acknowledged);
  db.reset();
  EXPECT_EQ(Ids(*Open()), acknowledged);
}

TEST_F(FaultTest, WhatCouldNotBeSyncedIsNotThere) {
  std::unique_ptr<Db> db = OpenWithTable();
  ASSERT_EQ(Outcome(Insert(*db, 1, "a")), "ok");
  vfs_.log_sync_fault = SQLITE_IOERR_FSYNC;
  EXPECT_EQ(Outcome(Insert(*db, 2, "b")), "unavailable/commit_unknown");
  EXPECT_EQ(Ids(*db), (std::set<int64_t>{1}));
  EXPECT_EQ(Outcome(Insert(*db, 3, "c")), "unavailable/commit_unknown");
  vfs_.log_sync_fault = SQLITE_OK;
  EXPECT_EQ(Outcome(Insert(*db, 4, "d")), "ok");
  EXPECT_EQ(Ids(*db), (std::set<int64_t>{1, 4}));
  db.reset();
  EXPECT_EQ(Ids(*Open()), (std::set<int64_t>{1, 4}));
}

// A second sync would succeed although the kernel has dropped what the first could not write.
TEST_F(FaultTest, ADatabaseThatCouldNotBeSyncedTakesNoMoreWritesAndKeepsItsLog) {
  std::unique_ptr<Db> db = OpenWithTable();
  vfs_.database_sync_fault = SQLITE_IOERR_FSYNC;
  const std::string body(1 << 20, 'x');
  std::set<int64_t> acknowledged;
  std::string refused = "ok";
  for (int64_t id = 1; id <= 500 && refused == "ok"; ++id) {  // the log is copied at 32 MiB
    refused = Outcome(Insert(*db, id, body));
    if (refused == "ok") acknowledged.insert(id);
  }
  EXPECT_EQ(refused, "unavailable/database_unavailable");
  vfs_.database_sync_fault = SQLITE_OK;
  EXPECT_EQ(Outcome(Insert(*db, 501, body)), "unavailable/database_unavailable");
  EXPECT_EQ(Outcome(db->Ping()), "unavailable/database_unavailable");
  EXPECT_EQ(Ids(*db), acknowledged);
  db.reset();
  EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), acknowledged.size() << 20);
  EXPECT_EQ(Ids(*Open()), acknowledged);
}

TEST_F(FaultTest, ClosingLeavesAllInTheDatabaseFile) {
  ASSERT_EQ(Outcome(Insert(*OpenWithTable(), 1, "a")), "ok");
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0u);
  std::filesystem::remove(path_ + "-wal");
  EXPECT_EQ(Ids(*Open()), (std::set<int64_t>{1}));
}

TEST_F(FaultTest, AWriteReturnsAfterItsSync) {
  std::unique_ptr<Db> db = OpenWithTable();
  for (int64_t id = 1; id <= 5; ++id) {
    const int before = vfs_.log_syncs;
    ASSERT_EQ(Outcome(Insert(*db, id, "x")), "ok");
    EXPECT_GT(vfs_.log_syncs, before);
  }
}

TEST_F(FaultTest, AWriteThatChangedNothingNeedsNoSync) {
  std::unique_ptr<Db> db = OpenWithTable();
  const int before = vfs_.log_syncs;
  EXPECT_EQ(Outcome(db->Write([](Tx& tx) -> Result<void> {
              TRY(tx.Execute({"DELETE FROM t WHERE id = 0"}, {}));
              return Ok();
            })),
            "ok");
  EXPECT_EQ(vfs_.log_syncs, before);
}

TEST_F(FaultTest, AFileThatIsNoDatabaseIsRefused) {
  std::ofstream(path_) << std::string(8192, 'n');
  EXPECT_EQ(Outcome(OpenSqlite({.path = path_})), "corruption/database_corrupt");
}

TEST_F(FaultTest, AMissingFolderIsSaid) {
  const auto opened = OpenSqlite({.path = folder_.path() + "/none/test.db"});
  ASSERT_EQ(Outcome(opened), "unavailable/database_unavailable");
  EXPECT_NE(opened.error().message().find("/none/test.db"), std::string::npos);
}

TEST_F(FaultTest, ABrokenPageIsCorruption) {
  std::unique_ptr<Db> db = OpenWithTable();
  const std::string body(1000, 'x');
  for (int64_t id = 0; id < 100; ++id) ASSERT_EQ(Outcome(Insert(*db, id, body)), "ok");
  db.reset();
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(10 * 4096, '\xee');
  }
  db = Open();
  const Result<void> read =
      db->Read([](Tx& tx) { return tx.Query(kIds, {}, [](const Row&) { return Ok(); }); });
  EXPECT_EQ(Outcome(read), "corruption/database_corrupt");
}

}  // namespace
}  // namespace gantry::db::sqlite
