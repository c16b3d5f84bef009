#pragma once

#include <span>

#include "db/db.h"

// The statements of consistency.cc whose answers are findings and that SQLite runs without sorting
// or storing rows aside.
namespace gantry::meta {

struct Check {
  const char* what;
  // Its rows are findings: subject, detail. $1 is the limit.
  db::Sql sql;
  bool information = false;
};

std::span<const Check> Checks();

}  // namespace gantry::meta
