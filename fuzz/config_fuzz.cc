// Configuration files: applying one never crashes, says the same twice, explains every refusal with
// the name of the file, and what it accepts is written out and read again without a change.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "server/config.h"
#include "server/config_keys.h"
#include "server/config_values.h"

namespace {

using gantry::server::ApplyYaml;
using gantry::server::Config;
using gantry::server::FormatKey;
using gantry::server::Key;
using gantry::server::Keys;
using gantry::server::ValidateConfig;

constexpr std::string_view kName = "gantry.yaml";

// All keys as a document of one section a line.
std::string Written(const Config& config) {
  std::string text;
  for (const Key& key : Keys()) {
    const std::string_view path = key.path;
    const size_t dot = path.find('.');
    if (dot == std::string_view::npos) {
      text += std::string(path) + ": " + FormatKey(key, config) + "\n";
      continue;
    }
    const std::string section = std::string(path.substr(0, dot)) + ":\n";
    if (text.rfind("\n" + section) == std::string::npos) text += section;
    text += "  " + std::string(path.substr(dot + 1)) + ": " + FormatKey(key, config) + "\n";
  }
  return text;
}

void CheckMessages(const std::vector<std::string>& errors, size_t size) {
  for (const std::string& error : errors) {
    GANTRY_ASSERT(error.starts_with(kName));
    GANTRY_ASSERT(error.size() < 2 * size + 1000);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Config config;
  const std::vector<std::string> errors = ApplyYaml(text, kName, config);
  CheckMessages(errors, size);
  Config again;
  GANTRY_ASSERT(ApplyYaml(text, kName, again) == errors);
  const std::string written = Written(config);
  GANTRY_ASSERT(Written(again) == written);
  ValidateConfig(config);
  // Also what stands beside an error keeps its range and can be written.
  Config third;
  GANTRY_ASSERT(ApplyYaml(written, kName, third).empty());
  GANTRY_ASSERT(Written(third) == written);
  return 0;
}
