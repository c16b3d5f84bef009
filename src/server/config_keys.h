#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "server/config.h"
#include "server/yaml.h"

namespace gantry::server {

struct SizeField {
  int64_t* bytes;
};

// A place in a Config; its type says how the value is written.
using Field = std::variant<bool*, int*, std::string*, std::vector<std::string>*, Duration*,
                           std::vector<HostRule>*, SizeField, log::Level*, DatabaseEngine*>;

// One thing that can be configured.
struct Key {
  const char* path;  // "storage.trash_period"; its variable is GANTRY_STORAGE_TRASH_PERIOD
  const char* help;  // sentences; every line is a comment line in the example file
  Field (*field)(Config&);
  // The range of a number, a duration (in microseconds) or a size (in bytes).
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
};

// All keys, those of one section side by side.
std::span<const Key> Keys();
// nullptr if there is none of that path.
const Key* FindKey(std::string_view path);
// The paths of all keys.
std::vector<std::string> KeyPaths();
std::string VariableName(const Key& key);

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

// An example file: every key with its explanation and its default. docs/user/gantry.example.yaml is
// this text.
std::string ExampleConfig();

}  // namespace gantry::server
