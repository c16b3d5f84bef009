#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"

// Queries over recurring work: who runs it, until when, how far it got.
namespace gantry::meta {

// Takes a piece of work that is due and that nobody holds, until `lease_until`; returns its cursor
// ("" the first time). nullopt: not due, or somebody else has it.
Result<std::optional<std::string>> ClaimSchedule(db::Tx& tx, const std::string& name, Time first_at,
                                                 Time now, Time lease_until);
// Gives back what ClaimSchedule took until `lease_until`. False: the lease ran out and somebody
// else took it, whose cursor and next time stay.
Result<bool> FinishSchedule(db::Tx& tx, const std::string& name, Time lease_until, Time next_at,
                            const std::string& cursor);

}  // namespace gantry::meta
