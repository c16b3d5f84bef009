// Point reads and small durable writes through Db: ninja db_bench && build/release/db_bench
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "db/db.h"

namespace gantry::db {
namespace {

constexpr int64_t kRows = 50'000;
constexpr Sql kInsert{"INSERT INTO t (name, value, body) VALUES ($1, $2, $3)"};
constexpr Sql kFindNumber{"SELECT value FROM t WHERE id = $1"};
constexpr Sql kFindName{"SELECT value FROM t WHERE name = $1"};
constexpr Sql kUpdate{"UPDATE t SET value = value + 1 WHERE name = $1"};

std::string Name(int64_t number) { return "sha256:" + std::to_string(number * 7919) + "abcdef"; }

void Check(const Result<void>& result) {
  if (result.ok()) return;
  std::fprintf(stderr, "%s\n", result.error().ToString().c_str());
  std::abort();
}

// A database with kRows rows, removed at the end of the program.
class Fixture {
 public:
  Fixture() {
    std::string folder = (std::filesystem::temp_directory_path() / "db_bench_XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    auto opened = OpenSqlite({.path = folder_ + "/bench.db"});
    Check(opened.ok() ? Ok() : Result<void>(opened.error()));
    db_ = *std::move(opened);
    Check(db_->Write([](Tx& tx) -> Result<void> {
      TRY(
          tx.Script("CREATE TABLE t (id BIGINT PRIMARY KEY, name TEXT COLLATE \"C\" NOT NULL "
                    "UNIQUE, value BIGINT NOT NULL, body BYTEA)"));
      const std::string body(200, 'x');
      for (int64_t i = 0; i < kRows; ++i) {
        TRY(tx.Execute(kInsert, {Name(i), i, Value::Bytes(body)}));
      }
      return Ok();
    }));
  }
  ~Fixture() {
    db_.reset();
    std::filesystem::remove_all(folder_);
  }
  Db& db() { return *db_; }

 private:
  std::string folder_;
  std::unique_ptr<Db> db_;
};

Db& TheDb() {
  static Fixture fixture;
  return fixture.db();
}

template <typename Key>
void PointRead(benchmark::State& state, const Sql& sql, Key key) {
  Db& db = TheDb();
  int64_t next = state.thread_index() * 7919;
  for (auto _ : state) {
    next = (next + 12'347) % kRows;
    Check(db.Read([&](Tx& tx) {
      return tx.Query(sql, {key(next)}, [&](const Row& row) {
        benchmark::DoNotOptimize(row.Integer(0));
        return Ok();
      });
    }));
  }
  state.SetItemsProcessed(state.iterations());
}

void BM_ReadByNumber(benchmark::State& state) {
  PointRead(state, kFindNumber, [](int64_t i) { return i + 1; });
}
void BM_ReadByName(benchmark::State& state) { PointRead(state, kFindName, Name); }

void BM_Write(benchmark::State& state) {
  Db& db = TheDb();
  int64_t next = state.thread_index() * 7919;
  for (auto _ : state) {
    next = (next + 12'347) % kRows;
    const std::string name = Name(next);
    Check(db.Write([&](Tx& tx) -> Result<void> {
      TRY(tx.Execute(kUpdate, {name}));
      return Ok();
    }));
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK(BM_ReadByNumber)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(BM_ReadByName)->Threads(1)->Threads(2)->UseRealTime();
BENCHMARK(BM_Write)->Threads(1)->Threads(8)->Threads(32)->UseRealTime();

}  // namespace
}  // namespace gantry::db

BENCHMARK_MAIN();
