#include "server/config_rows.h"

#include <algorithm>

#include "base/json_string.h"

namespace gantry::server {
namespace {

Result<HostRule> HostRuleOf(const Key& key, const YamlRow& row) {
  HostRule rule;
  for (const auto& [name, value] : row.values) {
    TRY(CheckText(key, value));
    if (name != "pattern" && name != "account") {
      return InvalidArgument("bad_value", std::string(key.path) + ": unknown key \"" + name +
                                              "\" in the entry on line " +
                                              std::to_string(row.line) +
                                              "; it takes pattern and account");
    }
    (name == "pattern" ? rule.pattern : rule.account) = value;
  }
  if (!rule.pattern.empty()) return rule;
  return InvalidArgument("bad_value", std::string(key.path) + ": the entry on line " +
                                          std::to_string(row.line) + " has no pattern");
}

struct OidcText {
  const char* name;
  std::string Config::OidcProvider::*value;
};
constexpr OidcText kOidcTexts[] = {
    {"name", &Config::OidcProvider::name},
    {"issuer", &Config::OidcProvider::issuer},
    {"client_id", &Config::OidcProvider::client_id},
    {"client_secret", &Config::OidcProvider::client_secret},
    {"client_secret_file", &Config::OidcProvider::client_secret_file},
    {"scopes", &Config::OidcProvider::scopes},
    {"username_claim", &Config::OidcProvider::username_claim},
    {"username_prefix", &Config::OidcProvider::username_prefix},
    {"groups_claim", &Config::OidcProvider::groups_claim},
    {"group_prefix", &Config::OidcProvider::group_prefix},
    {"account", &Config::OidcProvider::account},
};
constexpr const char* kCreateGroups = "create_groups";

Error InEntry(const Key& key, const YamlRow& row, const std::string& what) {
  return InvalidArgument("bad_value", std::string(key.path) + ": the entry on line " +
                                          std::to_string(row.line) + " " + what);
}

Result<Config::OidcProvider> OidcProviderOf(const Key& key, const YamlRow& row) {
  Config::OidcProvider provider;
  for (const auto& [name, value] : row.values) {
    TRY(CheckText(key, value));
    if (name == kCreateGroups) {
      if (value != "true" && value != "false") return BadValue(key, value, "true or false");
      provider.create_groups = value == "true";
      continue;
    }
    const auto text =
        std::find_if(std::begin(kOidcTexts), std::end(kOidcTexts),
                     [&wanted = name](const OidcText& one) { return wanted == one.name; });
    if (text == std::end(kOidcTexts))
      return InEntry(key, row, "has the unknown key \"" + name + "\"");
    provider.*(text->value) = value;
  }
  for (const OidcText& text : kOidcTexts) {
    const bool needed = &text < kOidcTexts + 3;
    if (needed && (provider.*(text.value)).empty())
      return InEntry(key, row, std::string("has no ") + text.name);
  }
  return provider;
}

}  // namespace

Error BadValue(const Key& key, const std::string& text, const std::string& rule) {
  return InvalidArgument("bad_value", std::string(key.path) + ": \"" + text + "\" is not " + rule);
}

// A path with a NUL would be cut off there, and no address, path or connection string has others.
Result<void> CheckText(const Key& key, const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f)
      return InvalidArgument("bad_value", std::string(key.path) + ": has a control character");
  }
  for (std::string_view rest = text; !rest.empty();) {
    const size_t length = Utf8SequenceLength(rest);
    if (length == 0)
      return InvalidArgument("bad_value", std::string(key.path) + ": is not text in UTF-8");
    rest.remove_prefix(length);
  }
  return Ok();
}

std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

Result<std::vector<YamlRow>> ReadRows(const Key& key, const std::string& text) {
  const auto entries = ReadYaml("rows: " + text);
  if (!entries.ok() || entries->size() != 1 || entries->front().kind == YamlEntry::Kind::kScalar ||
      !entries->front().list.empty()) {
    return InvalidArgument(
        "bad_value", std::string(key.path) + ": is not a list of mappings, [{NAME: VALUE, …}, …]");
  }
  return entries->front().rows;
}

Result<std::vector<HostRule>> HostRulesOf(const Key& key, const std::vector<YamlRow>& rows) {
  std::vector<HostRule> rules;
  for (const YamlRow& row : rows) {
    TRY_ASSIGN(HostRule rule, HostRuleOf(key, row));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<std::vector<HostRule>> HostRulesOf(const Key& key, const std::vector<std::string>& list) {
  std::vector<HostRule> rules;
  for (const std::string& item : list) {
    const size_t equals = std::min(item.find('='), item.size());
    rules.push_back({item.substr(0, equals), item.substr(std::min(equals + 1, item.size()))});
    if (rules.back().pattern.empty()) return BadValue(key, item, "PATTERN or PATTERN=ACCOUNT");
  }
  return rules;
}

std::string FormatHosts(const std::vector<HostRule>& rules) {
  std::string text;
  for (const HostRule& rule : rules) {
    text += (text.empty() ? "{pattern: " : ", {pattern: ") + Quote(rule.pattern);
    if (!rule.account.empty()) text += ", account: " + Quote(rule.account);
    text += "}";
  }
  return "[" + text + "]";
}

Result<std::vector<Config::OidcProvider>> OidcProvidersOf(const Key& key,
                                                          const std::vector<YamlRow>& rows) {
  std::vector<Config::OidcProvider> providers;
  for (const YamlRow& row : rows) {
    TRY_ASSIGN(Config::OidcProvider provider, OidcProviderOf(key, row));
    providers.push_back(std::move(provider));
  }
  return providers;
}

std::string FormatOidcProviders(const std::vector<Config::OidcProvider>& providers) {
  std::string list;
  for (const Config::OidcProvider& provider : providers) {
    std::string row;
    for (const OidcText& text : kOidcTexts)
      row +=
          std::string(row.empty() ? "" : ", ") + text.name + ": " + Quote(provider.*(text.value));
    row += std::string(", ") + kCreateGroups + ": " + (provider.create_groups ? "true" : "false");
    list += (list.empty() ? "{" : ", {") + row + "}";
  }
  return "[" + list + "]";
}

}  // namespace gantry::server
