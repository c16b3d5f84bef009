#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "server/config.h"
#include "server/config_keys.h"
#include "server/yaml.h"

// How the values of keys are read and written.
namespace gantry::server {

// Sets a value from text, as it stands in a variable (a list: separated by commas; hosts:
// PATTERN or PATTERN=ACCOUNT).
// invalid_argument/bad_value.
Result<void> SetKey(const Key& key, const std::string& text, Config& config);
// Sets a list of mappings. invalid_argument/bad_value when the key is not one, or a row has unknown
// or missing keys.
Result<void> SetKey(const Key& key, const std::vector<YamlRow>& rows, Config& config);
// Sets a list. invalid_argument/bad_value when the key is not one.
Result<void> SetKey(const Key& key, const std::vector<std::string>& list, Config& config);
// The value as YAML.
std::string FormatKey(const Key& key, const Config& config);

}  // namespace gantry::server
