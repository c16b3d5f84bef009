#include "server/config_values.h"

#include <algorithm>
#include <optional>

#include "base/encoding.h"
#include "server/config_rows.h"
#include "server/units.h"

namespace gantry::server {
namespace {

template <typename... Visitors>
struct Overload : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overload(Visitors...) -> Overload<Visitors...>;

struct LevelName {
  const char* name;
  log::Level level;
};
constexpr LevelName kLevels[] = {{"debug", log::Level::kDebug},
                                 {"info", log::Level::kInfo},
                                 {"warning", log::Level::kWarning},
                                 {"error", log::Level::kError}};

Result<int64_t> InRange(const Key& key, const std::string& text, std::optional<int64_t> value,
                        const std::string& rule, std::string (*format)(int64_t)) {
  if (!value) return BadValue(key, text, rule);
  if (*value < key.min)
    return InvalidArgument(
        "bad_value", std::string(key.path) + ": " + text + " is less than " + format(key.min));
  if (*value > key.max)
    return InvalidArgument(
        "bad_value", std::string(key.path) + ": " + text + " is more than " + format(key.max));
  return *value;
}

std::string FormatNumber(int64_t number) { return std::to_string(number); }
std::string FormatMicros(int64_t micros) { return FormatDuration({micros}); }

Result<void> SetBool(const Key& key, const std::string& text, bool& value) {
  if (text != "true" && text != "false") return BadValue(key, text, "true or false");
  value = text == "true";
  return Ok();
}

Result<void> SetInt(const Key& key, const std::string& text, int& value) {
  TRY_ASSIGN(const int64_t number,
             InRange(key, text, ParseDecimal(text), "a whole number", FormatNumber));
  value = static_cast<int>(number);
  return Ok();
}

Result<void> SetDuration(const Key& key, const std::string& text, Duration& value) {
  const auto parsed = ParseDuration(text);
  TRY_ASSIGN(
      value.micros,
      InRange(key, text, parsed ? std::optional(parsed->micros) : std::nullopt,
              "a duration; write a number with a unit: 500ms, 10s, 5m, 24h or 7d", FormatMicros));
  return Ok();
}

Result<void> SetSize(const Key& key, const std::string& text, SizeField field) {
  TRY_ASSIGN(*field.bytes,
             InRange(key, text, ParseSize(text),
                     "a size; write a number of bytes, or one with a unit: 512KiB, 4MiB or 1GiB",
                     FormatSize));
  return Ok();
}

Result<void> SetLevel(const Key& key, const std::string& text, log::Level& value) {
  for (const LevelName& level : kLevels) {
    if (text != level.name) continue;
    value = level.level;
    return Ok();
  }
  return BadValue(key, text, "debug, info, warning or error");
}

Result<void> SetEngine(const Key& key, const std::string& text, DatabaseEngine& value) {
  if (text != "sqlite" && text != "postgres") return BadValue(key, text, "sqlite or postgres");
  value = text == "sqlite" ? DatabaseEngine::kSqlite : DatabaseEngine::kPostgres;
  return Ok();
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> list;
  size_t start = 0;
  while (start <= text.size()) {
    const size_t end = std::min(text.find(',', start), text.size());
    std::string item = text.substr(start, end - start);
    item.erase(0, item.find_first_not_of(' '));
    item.erase(item.find_last_not_of(' ') + 1);
    if (!item.empty()) list.push_back(std::move(item));
    start = end + 1;
  }
  return list;
}

std::string FormatList(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& item : list) text += (text.empty() ? "" : ", ") + Quote(item);
  return "[" + text + "]";
}

std::string FormatLevel(log::Level level) {
  for (const LevelName& name : kLevels)
    if (name.level == level) return name.name;
  return "info";
}

}  // namespace

Result<void> SetKey(const Key& key, const std::string& text, Config& config) {
  TRY(CheckText(key, text));
  return std::visit(Overload{
                        [&](bool* value) { return SetBool(key, text, *value); },
                        [&](int* value) { return SetInt(key, text, *value); },
                        [&](std::string* value) {
                          *value = text;
                          return Ok();
                        },
                        [&](std::vector<std::string>* value) {
                          *value = SplitList(text);
                          return Ok();
                        },
                        [&](std::vector<HostRule>* value) -> Result<void> {
                          TRY_ASSIGN(*value, HostRulesOf(key, SplitList(text)));
                          return Ok();
                        },
                        [&](std::vector<Config::OidcProvider>* value) -> Result<void> {
                          TRY_ASSIGN(const auto rows, ReadRows(key, text));
                          TRY_ASSIGN(*value, OidcProvidersOf(key, rows));
                          return Ok();
                        },
                        [&](Duration* value) { return SetDuration(key, text, *value); },
                        [&](SizeField value) { return SetSize(key, text, value); },
                        [&](log::Level* value) { return SetLevel(key, text, *value); },
                        [&](DatabaseEngine* value) { return SetEngine(key, text, *value); },
                    },
                    key.field(config));
}

Result<void> SetKey(const Key& key, const std::vector<std::string>& list, Config& config) {
  for (const std::string& text : list) TRY(CheckText(key, text));
  const Field field = key.field(config);
  if (auto* const* value = std::get_if<std::vector<std::string>*>(&field)) {
    **value = list;
    return Ok();
  }
  if (auto* const* value = std::get_if<std::vector<HostRule>*>(&field)) {
    TRY_ASSIGN(**value, HostRulesOf(key, list));
    return Ok();
  }
  auto* const* providers = std::get_if<std::vector<Config::OidcProvider>*>(&field);
  if (providers != nullptr && list.empty()) {
    (*providers)->clear();
    return Ok();
  }
  return InvalidArgument("bad_value", std::string(key.path) + ": takes one value, not a list");
}

Result<void> SetKey(const Key& key, const std::vector<YamlRow>& rows, Config& config) {
  const Field field = key.field(config);
  if (auto* const* hosts = std::get_if<std::vector<HostRule>*>(&field)) {
    TRY_ASSIGN(**hosts, HostRulesOf(key, rows));
    return Ok();
  }
  if (auto* const* providers = std::get_if<std::vector<Config::OidcProvider>*>(&field)) {
    TRY_ASSIGN(**providers, OidcProvidersOf(key, rows));
    return Ok();
  }
  return InvalidArgument("bad_value", std::string(key.path) + ": takes no list of mappings");
}

std::string FormatKey(const Key& key, const Config& config) {
  Config copy = config;
  return std::visit(
      Overload{
          [](bool* value) { return std::string(*value ? "true" : "false"); },
          [](int* value) { return std::to_string(*value); },
          [](std::string* value) { return Quote(*value); },
          [](std::vector<std::string>* value) { return FormatList(*value); },
          [](std::vector<HostRule>* value) { return FormatHosts(*value); },
          [](std::vector<Config::OidcProvider>* value) { return FormatOidcProviders(*value); },
          [](Duration* value) { return FormatDuration(*value); },
          [](SizeField value) { return FormatSize(*value.bytes); },
          [](log::Level* value) { return FormatLevel(*value); },
          [](DatabaseEngine* value) {
            return std::string(*value == DatabaseEngine::kSqlite ? "sqlite" : "postgres");
          },
      },
      key.field(copy));
}

}  // namespace gantry::server
