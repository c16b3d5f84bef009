#pragma once

#include <cstdint>
#include <string>

#include "api/ecr/call.h"
#include "base/result.h"
#include "json/writer.h"

// Lists in pages. A token holds where the next page begins, sealed, and opens only for the same
// operation with the same input (but for `maxResults`).
namespace gantry::api::ecr {

// `fallback` when the input has no `maxResults`; the model bounds it.
int64_t PageSize(const Call& call, int64_t fallback = 100);

// Where the page begins, what WriteNextToken was given; "" for the first. invalid_argument for a
// token that this server did not make for this input.
Result<std::string> PageStart(const Call& call);

void WriteNextToken(const Call& call, const std::string& position, json::Writer& writer);

// Refuses `nextToken` and `maxResults` beside a list of what is wanted.
Result<void> RequireUnpaged(const Call& call, const char* list);

}  // namespace gantry::api::ecr
