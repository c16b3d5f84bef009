#pragma once

#include <span>

#include "db/db.h"

// The statements of consistency.cc, one for each kind of finding.
namespace gantry::meta {

struct Check {
  const char* what;
  // Its rows are findings: subject, detail. $1 is the limit.
  db::Sql sql;
  bool information = false;
};

std::span<const Check> Checks();

}  // namespace gantry::meta
