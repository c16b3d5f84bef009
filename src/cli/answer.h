#pragma once

#include <cstdint>
#include <string>

#include "json/document.h"

// Reading answers of the admin API: a member that is not there, or of another kind, is 0, false, ""
// or empty.
namespace gantry::cli {

int64_t IntOf(json::Value object, const char* key);
bool BoolOf(json::Value object, const char* key);
std::string StringOf(json::Value object, const char* key);
json::Items ItemsOf(json::Value object, const char* key);

}  // namespace gantry::cli
