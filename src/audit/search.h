#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audit/catalog.h"
#include "audit/record.h"
#include "base/result.h"
#include "io/file_system.h"

namespace gantry::audit {

inline constexpr int kSearchLimitMax = 1000;

// What to look for; an absent condition is met by every record.
struct Query {
  std::optional<Time> from = {};  // at or after
  std::optional<Time> to = {};    // before
  std::optional<std::string> action = {}, account = {}, principal = {}, repository = {};
  std::optional<std::string> digest = {};
  std::optional<Outcome> outcome = {};
  bool newest_first = true;
  // The sequence of the last entry of the page before: only what comes after it in the order.
  std::optional<uint64_t> cursor = {};
  int limit = 100;  // at most kSearchLimitMax are returned
};

struct SearchResult {
  std::vector<Entry> entries;
  // Where to go on; nullopt: there is no more.
  std::optional<uint64_t> cursor;
  // Segments that are not as they were written, by file name: their records may be missing here.
  std::vector<std::string> damaged;
};

// Finds what is durable. Every frame that is read is checked against the hash before it. Costs
// O(segments + log records + limit) for one condition on an indexed field, and for several the
// length of the rarest one's list at most. Errors are those of the file system.
// Threads: any.
Result<SearchResult> Search(io::FileSystem& fs, Catalog& catalog, const Query& query);

}  // namespace gantry::audit
