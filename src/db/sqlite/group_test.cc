// A group commit step by step, on one thread.
#include "db/sqlite/group.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <vector>

#include "db/sqlite/fault_vfs.h"
#include "db/testing/temp_folder.h"

namespace gantry::db::sqlite {
namespace {

constexpr Sql kInsert{"INSERT INTO t (id, body) VALUES ($1, $2)"};

class GroupTest : public testing::Test {
 protected:
  void SetUp() override {
    // A small cache, so that a large change reaches the log before the commit.
    SqliteOptions options{.path = folder_.path() + "/test.db"};
    options.cache_kib = 64;
    connection_ = *Connection::Open(options, vfs_.name());
    ASSERT_TRUE(connection_->RunScript("CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)").ok());
  }

  static Result<void> Insert(Tx& tx, int64_t id, size_t size = 1) {
    const std::string body(size, 'x');
    TRY(tx.Execute(kInsert, {id, Value::Bytes(body)}));
    return Ok();
  }

  static std::string Run(Group& group, WriteQueue::Ticket& ticket, const TxFunction& function) {
    ticket.function = &function;
    group.Run(ticket);
    return Reason(ticket);
  }

  static std::string Reason(const WriteQueue::Ticket& ticket) {
    return ticket.result.ok() ? "ok" : std::string(ticket.result.error().reason());
  }

  std::string Ids() {
    std::string ids;
    sqlite3_exec(
        connection_->handle(), "SELECT id FROM t ORDER BY id",
        [](void* out, int, char** values, char**) {
          *static_cast<std::string*>(out) += values[0];
          return 0;
        },
        &ids, nullptr);
    return ids;
  }

  TempFolder folder_;
  FaultVfs vfs_;
  std::unique_ptr<Connection> connection_;
};

TEST_F(GroupTest, AFunctionUndoesOnlyItself) {
  int64_t next = 1;
  const auto good = [&](Tx& tx) { return Insert(tx, next++); };
  const auto bad = [](Tx& tx) -> Result<void> {
    TRY(Insert(tx, 9));
    return NotFound("planned", "");
  };
  const auto broken = [](Tx& tx) { return Insert(tx, 1); };  // exists
  const TxFunction functions[] = {bad, good, bad, good, broken, good, bad};
  std::vector<WriteQueue::Ticket> tickets(std::size(functions));
  Group group(*connection_);
  for (size_t i = 0; i < tickets.size(); ++i) Run(group, tickets[i], functions[i]);
  group.Commit();
  const std::vector<std::string> expected = {"planned",          "ok", "planned", "ok",
                                             "unique_violation", "ok", "planned"};
  for (size_t i = 0; i < tickets.size(); ++i) EXPECT_EQ(Reason(tickets[i]), expected[i]) << i;
  EXPECT_EQ(Ids(), "123");
  EXPECT_FALSE(connection_->InTransaction());
}

TEST_F(GroupTest, OneSyncForAll) {
  int64_t next = 1;
  const auto good = [&](Tx& tx) { return Insert(tx, next++); };
  const TxFunction function = good;
  std::vector<WriteQueue::Ticket> tickets(5);
  Group group(*connection_);
  const int before = vfs_.log_syncs;
  for (WriteQueue::Ticket& ticket : tickets) Run(group, ticket, function);
  EXPECT_EQ(vfs_.log_syncs, before);
  group.Commit();
  EXPECT_EQ(vfs_.log_syncs, before + 1);
  EXPECT_EQ(Ids(), "12345");
}

// SQLite rolls back the whole transaction when the disk is full.
TEST_F(GroupTest, AFullDiskHitsOnlyTheFunctionThatFilledIt) {
  int first_runs = 0;
  const auto first = [&](Tx& tx) {
    ++first_runs;
    return Insert(tx, 1);
  };
  const auto large = [&](Tx& tx) {
    vfs_.log_write_fault = SQLITE_FULL;
    Result<void> inserted = Insert(tx, 2, 1 << 20);
    vfs_.log_write_fault = SQLITE_OK;
    return inserted;
  };
  const auto third = [](Tx& tx) { return Insert(tx, 3); };
  const TxFunction functions[] = {first, large, third};
  std::vector<WriteQueue::Ticket> tickets(3);
  Group group(*connection_);
  EXPECT_EQ(Run(group, tickets[0], functions[0]), "ok");
  EXPECT_EQ(Run(group, tickets[1], functions[1]), "disk_full");
  EXPECT_EQ(Run(group, tickets[2], functions[2]), "ok");
  group.Commit();
  EXPECT_EQ(Reason(tickets[0]), "ok");
  EXPECT_EQ(Reason(tickets[1]), "disk_full");
  EXPECT_EQ(Reason(tickets[2]), "ok");
  EXPECT_EQ(first_runs, 2);
  EXPECT_EQ(Ids(), "13");
}

TEST_F(GroupTest, AFailedCommitIsEverybodysError) {
  int64_t next = 1;
  const auto good = [&](Tx& tx) { return Insert(tx, next++); };
  const TxFunction function = good;
  for (std::atomic<int>* const fault : {&vfs_.log_sync_fault, &vfs_.log_write_fault}) {
    std::vector<WriteQueue::Ticket> tickets(2);
    Group group(*connection_);
    EXPECT_EQ(Run(group, tickets[0], function), "ok");
    EXPECT_EQ(Run(group, tickets[1], function), "ok");
    *fault = fault == &vfs_.log_sync_fault ? SQLITE_IOERR_FSYNC : SQLITE_FULL;
    group.Commit();
    *fault = SQLITE_OK;
    const std::string expected = fault == &vfs_.log_sync_fault ? "commit_unknown" : "disk_full";
    EXPECT_EQ(Reason(tickets[0]), expected);
    EXPECT_EQ(Reason(tickets[1]), expected);
    EXPECT_EQ(Ids(), "");
    EXPECT_FALSE(connection_->InTransaction());
  }
  WriteQueue::Ticket ticket;
  Group group(*connection_);
  Run(group, ticket, function);
  group.Commit();
  EXPECT_EQ(Reason(ticket), "ok");
  EXPECT_EQ(Ids(), "5");
}

}  // namespace
}  // namespace gantry::db::sqlite
