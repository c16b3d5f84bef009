#pragma once

#include <string>
#include <utility>

#include "meta/ids.h"

namespace gantry::core {

// Who deletes, and how much it is meant.
struct Deletion {
  Deletion(const char* why) : reason(why) {}                             // NOLINT: implicit
  Deletion(std::string why, meta::RunId of = {}, bool by_force = false)  // NOLINT: implicit
      : reason(std::move(why)), run(of), force(by_force) {}

  std::string reason;  // kept in the trash: "api", "lifecycle: rule 2, …"
  // Deletions with the same run are undone together (Trash::RestoreRun); none: alone.
  meta::RunId run{};
  // What is pinned goes, too. Only ever by the explicit wish of a person; never for policies.
  bool force = false;
};

}  // namespace gantry::core
