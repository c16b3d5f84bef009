#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "db/db.h"

// The contract of db.h as tests, for every engine: list the sources of this folder in the test
// program and instantiate DbContract with the engine's TestDatabase.
namespace gantry::db::contract {

// One empty database, removed by the destructor. Open may be called more than once: two processes.
class TestDatabase {
 public:
  virtual ~TestDatabase() = default;
  virtual std::unique_ptr<Db> Open() = 0;
};

struct Engine {
  const char* name;
  std::function<std::unique_ptr<TestDatabase>()> create;

  friend void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }
};

class DbContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;

  Db& db() { return *db_; }
  TestDatabase& database() { return *database_; }

  // Fails the test if the script does.
  void Script(const char* text);

  Result<int64_t> Execute(const Sql& sql, Arguments arguments);
  // The integer of the first column of each row; NULL is -1.
  std::vector<int64_t> Integers(const Sql& sql, Arguments arguments = {});
  std::vector<std::string> Texts(const Sql& sql, Arguments arguments = {});

  // A table for counters: t(id BIGINT PRIMARY KEY, n BIGINT NOT NULL).
  void MakeCounters();

 private:
  std::unique_ptr<TestDatabase> database_;
  std::unique_ptr<Db> db_;
};

// "code/reason" of an error, "ok" without one.
template <typename T>
std::string Outcome(const Result<T>& result) {
  if (result.ok()) return "ok";
  return std::string(CodeName(result.error().code())) + "/" + std::string(result.error().reason());
}

}  // namespace gantry::db::contract
