#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "server/config.h"

namespace gantry::server {

struct SizeField {
  int64_t* bytes;
};

// A place in a Config; its type says how the value is written.
using Field = std::variant<bool*, int*, std::string*, std::vector<std::string>*, Duration*,
                           std::vector<HostRule>*, std::vector<Config::OidcProvider>*, SizeField,
                           log::Level*, DatabaseEngine*>;

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

// An example file: every key with its explanation and its default. docs/user/gantry.example.yaml is
// this text.
std::string ExampleConfig();

}  // namespace gantry::server
