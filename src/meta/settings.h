#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "db/db.h"

namespace gantry::meta {

// The value of a setting; stores `fresh` and returns it when there is none yet.
Result<std::string> EnsureSetting(db::Tx& tx, const std::string& name, const std::string& fresh);

// nullopt: there is none yet.
Result<std::optional<std::string>> FindSetting(db::Tx& tx, const std::string& name);

}  // namespace gantry::meta
