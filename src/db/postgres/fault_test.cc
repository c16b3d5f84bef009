// Connections that break, servers that do not answer, transactions that collide.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "db/contract/suite.h"
#include "db/postgres/test_server.h"
#include "db/postgres/wire.h"
#include "db/testing/temp_folder.h"

namespace gantry::db::postgres {
namespace {

using contract::Outcome;

constexpr Sql kInsert{"INSERT INTO t (id) VALUES ($1)"};
constexpr Sql kCount{"SELECT COUNT(*) FROM t"};

class PostgresFaultTest : public testing::Test {
 protected:
  void SetUp() override {
    conninfo_ = NewTestDatabase();
    auto opened = OpenPostgres({.conninfo = conninfo_});
    ASSERT_EQ(Outcome(opened), "ok");
    db_ = *std::move(opened);
    ASSERT_EQ(Outcome(Script("CREATE TABLE t (id BIGINT PRIMARY KEY)")), "ok");
  }

  Result<void> Script(const std::string& text) {
    return db_->Write([&](Tx& tx) { return tx.Script(text); });
  }

  Result<void> Insert(int64_t id) {
    return db_->Write([&](Tx& tx) -> Result<void> {
      TRY(tx.Execute(kInsert, {id}));
      return Ok();
    });
  }

  Result<int64_t> Count() {
    int64_t count = -1;
    TRY(db_->Read([&](Tx& tx) {
      return tx.Query(kCount, {}, [&](const Row& row) {
        count = row.Integer(0);
        return Ok();
      });
    }));
    return count;
  }

  // The server hangs up on all connections of the database.
  void BreakConnections() {
    const std::string database = conninfo_.substr(conninfo_.find("dbname=") + 7);
    // Waits, so that nothing is answered after it.
    const Result<void> ran = TestServer().Run(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" +
        database + "'");
    EXPECT_EQ(Outcome(ran), "ok");
  }

  std::string conninfo_;
  std::unique_ptr<Db> db_;
};

TEST_F(PostgresFaultTest, BrokenConnectionsAreReplaced) {
  // Opens several connections.
  std::vector<std::thread> threads;
  for (int64_t id = 1; id <= 6; ++id) {
    threads.emplace_back([this, id] { EXPECT_EQ(Outcome(Insert(id)), "ok"); });
  }
  for (std::thread& thread : threads) thread.join();
  BreakConnections();
  EXPECT_EQ(Outcome(Insert(7)), "ok");
  EXPECT_EQ(Count().value(), 7);
  BreakConnections();
  EXPECT_EQ(Count().value(), 7);
  BreakConnections();
  EXPECT_EQ(Outcome(db_->Ping()), "ok");
}

TEST_F(PostgresFaultTest, AConnectionThatBreaksBeforeTheCommitRunsTheFunctionAgain) {
  int runs = 0;
  const Result<void> wrote = db_->Write([&](Tx& tx) -> Result<void> {
    ++runs;
    TRY(tx.Execute(kInsert, {int64_t{1}}));
    if (runs == 1) BreakConnections();
    TRY(tx.Execute(kInsert, {int64_t{2}}));
    return Ok();
  });
  EXPECT_EQ(Outcome(wrote), "ok");
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(Count().value(), 2);
}

TEST_F(PostgresFaultTest, AConnectionThatAlwaysBreaksIsAnError) {
  int runs = 0;
  const Result<void> wrote = db_->Write([&](Tx& tx) -> Result<void> {
    ++runs;
    TRY(tx.Execute(kInsert, {int64_t{1}}));
    BreakConnections();
    TRY(tx.Execute(kInsert, {int64_t{2}}));
    return Ok();
  });
  EXPECT_EQ(Outcome(wrote), "unavailable/database_unavailable");
  EXPECT_EQ(runs, 3);
  EXPECT_EQ(Count().value(), 0);
}

TEST_F(PostgresFaultTest, AConnectionThatBreaksDuringTheCommitIsUnknownAndNotRetried) {
  // The deferred trigger runs inside COMMIT and ends its own connection.
  ASSERT_EQ(Outcome(Script("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN "
                           "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); "
                           "RETURN NULL; END';"
                           "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY "
                           "DEFERRED FOR EACH ROW WHEN (NEW.id = 13) EXECUTE FUNCTION die()")),
            "ok");
  int runs = 0;
  const Result<void> wrote = db_->Write([&](Tx& tx) -> Result<void> {
    ++runs;
    TRY(tx.Execute(kInsert, {int64_t{13}}));
    return Ok();
  });
  EXPECT_EQ(Outcome(wrote), "unavailable/commit_unknown");
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(Outcome(Insert(14)), "ok");
  EXPECT_EQ(Count().value(), 1);
}

TEST_F(PostgresFaultTest, ASerializationFailureRunsTheFunctionAgain) {
  ASSERT_EQ(Outcome(Script("CREATE TABLE n (v BIGINT NOT NULL); INSERT INTO n (v) VALUES (0)")),
            "ok");
  int runs = 0;
  const Result<void> wrote = db_->Write([&](Tx& tx) -> Result<void> {
    ++runs;
    int64_t v = 0;
    TRY(tx.Query({"SELECT v FROM n"}, {}, [&](const Row& row) {
      v = row.Integer(0);
      return Ok();
    }));
    if (runs == 1) {
      std::thread([&] {
        EXPECT_EQ(Outcome(db_->Write([](Tx& other) -> Result<void> {
                    TRY(other.Execute({"UPDATE n SET v = v + 10"}, {}));
                    return Ok();
                  })),
                  "ok");
      }).join();
    }
    TRY(tx.Execute({"UPDATE n SET v = $1"}, {v + 1}));
    return Ok();
  });
  EXPECT_EQ(Outcome(wrote), "ok");
  EXPECT_EQ(runs, 2);
  int64_t v = 0;
  EXPECT_EQ(Outcome(db_->Read([&](Tx& tx) {
              return tx.Query({"SELECT v FROM n"}, {}, [&](const Row& row) {
                v = row.Integer(0);
                return Ok();
              });
            })),
            "ok");
  EXPECT_EQ(v, 11);
}

TEST_F(PostgresFaultTest, ConflictsWithoutEndAreUnavailable) {
  ASSERT_EQ(Outcome(Script("CREATE FUNCTION collide() RETURNS BIGINT LANGUAGE plpgsql AS "
                           "'BEGIN RAISE SQLSTATE ''40001''; END'")),
            "ok");
  int runs = 0;
  const Result<void> wrote = db_->Write([&](Tx& tx) {
    ++runs;
    return tx.Query({"SELECT collide()"}, {}, [](const Row&) { return Ok(); });
  });
  EXPECT_EQ(Outcome(wrote), "unavailable/too_many_conflicts");
  EXPECT_GT(runs, 5);
}

TEST_F(PostgresFaultTest, AConflictOfTheFunctionsOwnIsNotRetried) {
  int runs = 0;
  const Result<void> wrote = db_->Write([&](Tx& tx) -> Result<void> {
    ++runs;
    TRY(tx.Execute(kInsert, {int64_t{1}}));
    return Error(Code::kConflict, "upload_moved_on", "");
  });
  EXPECT_EQ(Outcome(wrote), "conflict/upload_moved_on");
  EXPECT_EQ(runs, 1);
}

TEST_F(PostgresFaultTest, ASchemaThatChangedUnderAPreparedStatement) {
  constexpr Sql kAll{"SELECT * FROM t"};
  const auto read = [&] {
    return db_->Read([&](Tx& tx) { return tx.Query(kAll, {}, [](const Row&) { return Ok(); }); });
  };
  ASSERT_EQ(Outcome(read()), "ok");
  ASSERT_EQ(Outcome(Script("ALTER TABLE t ADD COLUMN n BIGINT")), "ok");
  EXPECT_EQ(Outcome(read()), "ok");
}

TEST_F(PostgresFaultTest, AColumnReadAsWhatItIsNotIsAnError) {
  const auto read = [&](const Sql& sql, bool as_text) {
    return Outcome(db_->Read([&](Tx& tx) {
      return tx.Query(sql, {}, [&](const Row& row) {
        if (as_text) {
          row.Text(0);
        } else {
          row.Integer(0);
        }
        return Ok();
      });
    }));
  };
  EXPECT_EQ(read({"SELECT 1.5::float8"}, false), "internal/sql_error");
  EXPECT_EQ(read({"SELECT 1.5"}, false), "internal/sql_error");
  EXPECT_EQ(read({"SELECT 1"}, true), "internal/sql_error");
  EXPECT_EQ(read({"SELECT 'x'::text"}, false), "internal/sql_error");
  EXPECT_EQ(read({"SELECT 'x'::text"}, true), "ok");
}

TEST_F(PostgresFaultTest, ANoticeIsNoError) {
  EXPECT_EQ(Outcome(Script("CREATE TABLE IF NOT EXISTS t (id BIGINT)")), "ok");
}

TEST_F(PostgresFaultTest, TheServersTimeoutIsBusy) {
  const Result<void> read = db_->Read([](Tx& tx) -> Result<void> {
    TRY(tx.Query({"SELECT set_config('statement_timeout', '20ms', true)"}, {},
                 [](const Row&) { return Ok(); }));
    return tx.Query({"SELECT pg_sleep(30) IS NULL"}, {}, [](const Row&) { return Ok(); });
  });
  EXPECT_EQ(Outcome(read), "deadline_exceeded/database_busy");
  EXPECT_EQ(Count().value(), 0);
}

TEST_F(PostgresFaultTest, AServerThatDoesNotAnswerInTimeIsGivenUp) {
  auto wire = Wire::Open(conninfo_);
  ASSERT_EQ(Outcome(wire), "ok");
  (*wire)->StartClock(std::chrono::milliseconds(20));
  EXPECT_EQ(Outcome((*wire)->RunSimple("SELECT pg_sleep(30)")), "unavailable/database_unavailable");
  EXPECT_TRUE((*wire)->broken());
}

TEST(PostgresConnectTest, NobodyListens) {
  const TempFolder folder;
  const auto opened = OpenPostgres({.conninfo = "host=" + folder.path() + " user=x dbname=x"});
  EXPECT_EQ(Outcome(opened), "unavailable/database_unavailable");
}

TEST(PostgresConnectTest, AListenerThatNeverAnswers) {
  const TempFolder folder;
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = folder.path() + "/.s.PGSQL.5432";
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  const auto opened = OpenPostgres({.conninfo = "host=" + folder.path() + " user=x dbname=x"});
  EXPECT_EQ(Outcome(opened), "unavailable/database_unavailable");
  close(listener);
}

TEST(PostgresConnectTest, ADatabaseOfAnotherEncodingIsRefused) {
  const std::string conninfo = NewTestDatabase();
  const std::string host = conninfo.substr(0, conninfo.find("dbname="));
  ASSERT_EQ(Outcome(TestServer().Run("CREATE DATABASE latin ENCODING 'SQL_ASCII' LOCALE_PROVIDER "
                                     "libc LOCALE 'C' TEMPLATE template0")),
            "ok");
  const auto opened = OpenPostgres({.conninfo = host + "dbname=latin"});
  EXPECT_EQ(Outcome(opened), "failed_precondition/database_encoding");
  EXPECT_EQ(Outcome(TestServer().Run("DROP DATABASE latin WITH (FORCE)")), "ok");
}

}  // namespace
}  // namespace gantry::db::postgres
