#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "server/config.h"
#include "server/config_keys.h"
#include "server/yaml.h"

// Values of keys that are lists of mappings. All refuse with invalid_argument/bad_value.
namespace gantry::server {

// "KEY: "TEXT" is not RULE".
Error BadValue(const Key& key, const std::string& text, const std::string& rule);
// No control characters, and UTF-8.
Result<void> CheckText(const Key& key, const std::string& text);
// As YAML, in quotation marks.
std::string Quote(const std::string& text);
// The rows of a list as it would stand in a file, "[{name: corp}]".
Result<std::vector<YamlRow>> ReadRows(const Key& key, const std::string& text);

Result<std::vector<HostRule>> HostRulesOf(const Key& key, const std::vector<YamlRow>& rows);
// "PATTERN" or "PATTERN=ACCOUNT" each.
Result<std::vector<HostRule>> HostRulesOf(const Key& key, const std::vector<std::string>& list);
std::string FormatHosts(const std::vector<HostRule>& rules);

Result<std::vector<Config::OidcProvider>> OidcProvidersOf(const Key& key,
                                                          const std::vector<YamlRow>& rows);
std::string FormatOidcProviders(const std::vector<Config::OidcProvider>& providers);

}  // namespace gantry::server
