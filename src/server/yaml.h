#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gantry::server {

struct YamlRow {
  int line = 0;  // of the row, from 1
  std::map<std::string, std::string> values;
};

// One leaf of a YAML document of nested mappings.
struct YamlEntry {
  enum class Kind { kScalar, kList, kRows, kEmpty, kSection };
  std::string path;  // keys joined with dots: "storage.trash_period"
  int line = 0;      // of the key, from 1
  Kind kind = Kind::kScalar;
  std::string scalar;             // of kScalar
  std::vector<std::string> list;  // of kList: a sequence of scalars, which may be empty
  std::vector<YamlRow> rows;      // of kRows: a sequence of mappings of scalars
};

// The leaves in the order of the file, and a kSection entry before those of each nested mapping.
// An empty document has none. At most 1 MiB, 1000 entries and 8 levels.
// invalid_argument/bad_yaml with the line in the message: not YAML, not a mapping at the top, a key
// that stands there twice, a list of anything but scalars or mappings of scalars.
Result<std::vector<YamlEntry>> ReadYaml(std::string_view text);

// One document as JSON, for files that others define: plain true and false are booleans, what is
// empty is null, every other value is text. At most 1 MiB, 10,000 values and 32 levels.
// invalid_argument/bad_yaml
Result<std::string> YamlAsJson(std::string_view text);

}  // namespace gantry::server
