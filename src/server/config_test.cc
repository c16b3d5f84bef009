#include "server/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "server/config_keys.h"
#include "server/config_values.h"

namespace gantry::server {
namespace {

std::vector<std::string> Apply(std::string_view text, Config& config) {
  return ApplyYaml(text, "gantry.yaml", config);
}

// The only error of a document, or "" and a failure.
std::string ErrorOf(std::string_view text) {
  Config config;
  const std::vector<std::string> errors = Apply(text, config);
  EXPECT_EQ(errors.size(), 1u) << text;
  return errors.empty() ? "" : errors.front();
}

TEST(ConfigTest, ReadsEveryKindOfValue) {
  Config config;
  const auto errors = Apply(R"(
listen: ["127.0.0.1:0", "[::1]:5000"]
anonymous: true
workers: 7
tls: {certificate: /etc/c.pem, key: /etc/k.pem}
database:
  engine: postgres
  conninfo: "host=db"
http:
  memory_max: 64MiB
storage:
  trash_period: 0
  collection_grace_period: 1h30m
log:
  level: debug
)",
                            config);
  EXPECT_EQ(errors, std::vector<std::string>{});
  EXPECT_EQ(config.listen, (std::vector<std::string>{"127.0.0.1:0", "[::1]:5000"}));
  EXPECT_TRUE(config.anonymous);
  EXPECT_EQ(config.workers, 7);
  EXPECT_EQ(config.tls.key, "/etc/k.pem");
  EXPECT_EQ(config.database.engine, DatabaseEngine::kPostgres);
  EXPECT_EQ(config.http.memory_bytes_max, 64 << 20);
  EXPECT_EQ(config.storage.trash_period, Duration{0});
  EXPECT_EQ(config.storage.collection_grace_period, Seconds(5400));
  EXPECT_EQ(config.log.level, log::Level::kDebug);
}

TEST(ConfigTest, AListMayBeOnePlainValue) {
  Config config;
  EXPECT_TRUE(Apply("listen: 127.0.0.1:1", config).empty());
  EXPECT_EQ(config.listen, std::vector<std::string>{"127.0.0.1:1"});
}

TEST(ConfigTest, HostsAreRows) {
  const std::vector<HostRule> rules = {{"{account}.example.com", ""}, {"a.example.com", "team"}};
  Config config;
  EXPECT_TRUE(Apply("hosts:\n"
                    "  - pattern: \"{account}.example.com\"\n"
                    "  - pattern: a.example.com\n"
                    "    account: team\n",
                    config)
                  .empty());
  EXPECT_EQ(config.hosts, rules);
  const Key& key = *FindKey("hosts");
  const std::string text = FormatKey(key, config);
  EXPECT_EQ(text,
            R"([{pattern: "{account}.example.com"}, {pattern: "a.example.com", account: "team"}])");
  config.hosts.clear();
  EXPECT_TRUE(Apply("hosts: " + text, config).empty());
  EXPECT_EQ(config.hosts, rules);
  config.hosts.clear();
  EXPECT_TRUE(SetKey(key, "{account}.example.com, a.example.com=team", config).ok());
  EXPECT_EQ(config.hosts, rules);
  EXPECT_TRUE(Apply("hosts: []", config).empty());
  EXPECT_TRUE(config.hosts.empty());
}

TEST(ConfigTest, ProvidersAreRows) {
  Config config;
  EXPECT_TRUE(Apply("oidc:\n"
                    "  - name: corp\n"
                    "    issuer: https://login.example.com\n"
                    "    client_id: gantry\n"
                    "    create_groups: true\n",
                    config)
                  .empty());
  ASSERT_EQ(config.oidc.size(), 1u);
  EXPECT_EQ(config.oidc[0].username_claim, "preferred_username");
  EXPECT_TRUE(config.oidc[0].create_groups);
  EXPECT_TRUE(ValidateConfig(config).empty());
  const Key& key = *FindKey("oidc");
  Config again;
  EXPECT_TRUE(Apply("oidc: " + FormatKey(key, config), again).empty());
  EXPECT_EQ(again.oidc, config.oidc);
  again.oidc.clear();
  EXPECT_TRUE(SetKey(key, FormatKey(key, config), again).ok());
  EXPECT_EQ(again.oidc, config.oidc);
  EXPECT_FALSE(SetKey(key, "corp", again).ok());
  EXPECT_FALSE(SetKey(key, "[corp]", again).ok());
}

TEST(ConfigTest, ProvidersAreChecked) {
  EXPECT_EQ(ErrorOf("oidc: [{name: a, client_id: b}]"),
            "gantry.yaml:1: oidc: the entry on line 1 has no issuer");
  EXPECT_EQ(ErrorOf("oidc: [{name: a, issuer: https://i, client_id: b, clientid: c}]"),
            "gantry.yaml:1: oidc: the entry on line 1 has the unknown key \"clientid\"");
  const auto errors = [](const std::string& name, const std::string& issuer) {
    Config config;
    config.oidc.resize(1);
    config.oidc[0].name = name;
    config.oidc[0].issuer = issuer;
    return ValidateConfig(config).size();
  };
  EXPECT_EQ(errors("a-1", "https://i"), 0u);
  EXPECT_EQ(errors("a/1", "https://i"), 1u);
  EXPECT_EQ(errors("a", "http://i"), 1u);
  EXPECT_EQ(errors("a", "i"), 1u);
  Config config;
  config.access.url = "registry.example.com";
  EXPECT_EQ(ValidateConfig(config).size(), 1u);
}

TEST(ConfigTest, RowsAreChecked) {
  EXPECT_EQ(ErrorOf("hosts:\n  - pattern: a\n  - patern: b\n"),
            "gantry.yaml:1: hosts: unknown key \"patern\" in the entry on line 3; it takes pattern "
            "and account");
  EXPECT_EQ(ErrorOf("hosts:\n  - account: a\n"),
            "gantry.yaml:1: hosts: the entry on line 2 has no pattern");
  EXPECT_EQ(ErrorOf("hosts: [=a]"),
            "gantry.yaml:1: hosts: \"=a\" is not PATTERN or PATTERN=ACCOUNT");
  EXPECT_EQ(ErrorOf(R"(hosts: [{pattern: "a\nb"}])"),
            "gantry.yaml:1: hosts: has a control character");
  EXPECT_NE(ErrorOf("hosts: [{pattern: a, pattern: b}]").find("stands here twice"),
            std::string::npos);
  EXPECT_NE(ErrorOf("hosts: [{pattern: [a]}]").find("plain values"), std::string::npos);
  EXPECT_NE(ErrorOf("hosts: [{pattern: a}, b]").find("mixes"), std::string::npos);
  EXPECT_EQ(ErrorOf("listen: [{pattern: a}]"), "gantry.yaml:1: listen: takes no list of mappings");
}

TEST(ConfigTest, EmptyDocumentsChangeNothing) {
  for (const char* text : {"", "# nothing\n", "---\n", "storage:\n"}) {
    Config config;
    EXPECT_TRUE(Apply(text, config).empty()) << text;
  }
}

TEST(ConfigTest, AnUnknownKeyIsAnErrorWithItsLineAndTheNearestKey) {
  EXPECT_EQ(ErrorOf("listen: 127.0.0.1:1\nstorage:\n  trash_perod: 7d\n"),
            "gantry.yaml:3: unknown key \"storage.trash_perod\"; did you mean "
            "\"storage.trash_period\"?");
  EXPECT_EQ(ErrorOf("colour: red"), "gantry.yaml:1: unknown key \"colour\"");
  EXPECT_EQ(ErrorOf("colour:\n  red: 1\n  blue: 2\n"), "gantry.yaml:1: unknown key \"colour\"");
}

TEST(ConfigTest, EveryErrorIsReported) {
  Config config;
  const auto errors = Apply("workers: many\nstorage:\n  x: 1\nreactors: -1\n", config);
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_EQ(errors[0], "gantry.yaml:1: workers: \"many\" is not a whole number");
  EXPECT_EQ(errors[2], "gantry.yaml:4: reactors: \"-1\" is not a whole number");
}

TEST(ConfigTest, BadValuesAreExplained) {
  EXPECT_EQ(ErrorOf("storage: {trash_period: 7x}"),
            "gantry.yaml:1: storage.trash_period: \"7x\" is not a duration; write a number with a "
            "unit: 500ms, 10s, 5m, 24h or 7d");
  EXPECT_EQ(ErrorOf("http: {memory_max: 1MiB}"),
            "gantry.yaml:1: http.memory_max: 1MiB is less than 16MiB");
  EXPECT_EQ(ErrorOf("workers: 4096"), "gantry.yaml:1: workers: 4096 is more than 1024");
  EXPECT_EQ(ErrorOf("anonymous: yes"), "gantry.yaml:1: anonymous: \"yes\" is not true or false");
  EXPECT_EQ(ErrorOf("workers: [1]"), "gantry.yaml:1: workers: takes one value, not a list");
  EXPECT_EQ(ErrorOf("workers:"), "gantry.yaml:1: workers: has no value");
  EXPECT_EQ(ErrorOf(R"(data: "/srv\0/x")"), "gantry.yaml:1: data: has a control character");
  EXPECT_EQ(ErrorOf(R"(listen: ["a\nb"])"), "gantry.yaml:1: listen: has a control character");
  EXPECT_EQ(ErrorOf("data: /srv/\xe1"), "gantry.yaml:1: data: is not text in UTF-8");
  EXPECT_EQ(ErrorOf("storage: 5"),
            "gantry.yaml:1: storage: is a section; its keys go on lines of their own, indented");
  EXPECT_EQ(ErrorOf("workers: {a: 1}"), "gantry.yaml:1: workers: takes a value, not a section");
}

TEST(ConfigTest, WhatIsNotAMappingIsRefusedWithItsLine) {
  EXPECT_NE(ErrorOf("workers: 1\nworkers: 2\n").find("line 2: \"workers\" stands here twice"),
            std::string::npos);
  EXPECT_NE(ErrorOf("a: b: c").find("line 1"), std::string::npos);
  EXPECT_NE(ErrorOf("- a\n- b\n").find("must be a mapping"), std::string::npos);
  EXPECT_EQ(ErrorOf("\n,a\n"), "gantry.yaml: line 2: a value cannot begin like this");
  EXPECT_NE(ErrorOf("a: 1\n---\nb: 1\n").find("more than one document"), std::string::npos);
  EXPECT_NE(ErrorOf("a: [[1]]").find("list of plain values"), std::string::npos);
  EXPECT_NE(ErrorOf(std::string((1 << 20) + 1, ' ')).find("1 MiB"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 9; ++i) deep += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_NE(ErrorOf(deep + std::string(9, ' ') + "b: 1").find("8 levels"), std::string::npos);
}

TEST(ConfigTest, LaterSourcesWin) {
  ConfigSources sources;
  sources.environment = {{"GANTRY_STORAGE_TRASH_PERIOD", "2d"},
                         {"GANTRY_LISTEN", "[::1]:1, [::1]:2"}};
  sources.flags = {{"listen", "127.0.0.1:9"}};
  const LoadedConfig loaded = LoadConfig(sources);
  EXPECT_EQ(loaded.errors, std::vector<std::string>{});
  EXPECT_EQ(loaded.config.storage.trash_period, Hours(48));
  EXPECT_EQ(loaded.config.listen, std::vector<std::string>{"127.0.0.1:9"});
}

TEST(ConfigTest, TheEnvironmentIsCheckedToo) {
  ConfigSources sources;
  sources.environment = {{"GANTRY_WORKERS", "x"},
                         {"GANTRY_STORAGE_TRASHPERIOD", "2d"},
                         {"GANTRY_SERVICE_HOST", "10.0.0.1"},
                         {"GANTRY_PORT_5000_TCP", "tcp://10.0.0.1:5000"}};
  const LoadedConfig loaded = LoadConfig(sources);
  EXPECT_EQ(loaded.errors,
            std::vector<std::string>{"GANTRY_WORKERS: workers: \"x\" is not a whole number"});
  EXPECT_EQ(loaded.warnings, std::vector<std::string>{
                                 "the environment variable GANTRY_STORAGE_TRASHPERIOD means "
                                 "nothing to gantry; did you mean GANTRY_STORAGE_TRASH_PERIOD?"});
}

TEST(ConfigTest, AMissingFileIsAnError) {
  ConfigSources sources;
  sources.file = "/nonexistent/gantry.yaml";
  const LoadedConfig loaded = LoadConfig(sources);
  ASSERT_EQ(loaded.errors.size(), 1u);
  EXPECT_NE(loaded.errors[0].find("cannot be read"), std::string::npos);
}

TEST(ConfigTest, PublicAddressesWithoutTlsAreWarnedOf) {
  const auto warnings = [](std::map<std::string, std::string> variables) {
    const LoadedConfig loaded = LoadConfig({std::nullopt, std::move(variables), {}});
    EXPECT_EQ(loaded.errors, std::vector<std::string>{});
    return loaded.warnings;
  };
  EXPECT_TRUE(warnings({}).empty());
  const auto warned = warnings({{"GANTRY_LISTEN", "0.0.0.0:5000"}});
  ASSERT_EQ(warned.size(), 1u);
  EXPECT_NE(warned[0].find("reach 0.0.0.0:5000 unencrypted"), std::string::npos);
  EXPECT_TRUE(warnings({{"GANTRY_LISTEN", "0.0.0.0:5000"}, {"GANTRY_ANONYMOUS", "true"}}).empty());
  EXPECT_TRUE(warnings({{"GANTRY_LISTEN", "0.0.0.0:5000"},
                        {"GANTRY_TLS_CERTIFICATE", "c.pem"},
                        {"GANTRY_TLS_KEY", "k.pem"}})
                  .empty());
}

TEST(ConfigTest, HalfSettingsAreErrors) {
  Config config;
  config.tls.key = "k.pem";
  config.database.engine = DatabaseEngine::kPostgres;
  config.listen = {};
  config.data = "";
  config.hosts = {{"{account}.example.com", "team"}};
  EXPECT_EQ(ValidateConfig(config).size(), 5u);
}

TEST(ConfigTest, VariablesAreDistinct) {
  std::set<std::string> names;
  for (const Key& key : Keys()) EXPECT_TRUE(names.insert(VariableName(key)).second) << key.path;
  EXPECT_EQ(VariableName(*FindKey("storage.trash_period")), "GANTRY_STORAGE_TRASH_PERIOD");
  EXPECT_EQ(VariableName(*FindKey("audit.export.s3.bucket")), "GANTRY_AUDIT_EXPORT_S3_BUCKET");
}

// docs/user/gantry.example.yaml is written by `gantry config example`.
TEST(ConfigTest, TheExampleFileIsUpToDate) {
  std::ifstream file(std::string(GANTRY_SOURCE_DIR) + "/docs/user/gantry.example.yaml");
  ASSERT_TRUE(file.is_open());
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, ExampleConfig());
}

// Reads the example into a configuration in which every value is wrong, so that what the file does
// not name, or names with another default, shows.
TEST(ConfigTest, TheExampleNamesEveryKeyWithItsDefault) {
  Config config;
  for (const Key& key : Keys()) {
    const Field field = key.field(config);
    if (auto* const* flag = std::get_if<bool*>(&field)) **flag = !**flag;
    if (auto* const* number = std::get_if<int*>(&field)) **number += 1;
    if (auto* const* text = std::get_if<std::string*>(&field)) **text += "x";
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&field)) (*list)->push_back("x");
    if (auto* const* hosts = std::get_if<std::vector<HostRule>*>(&field)) **hosts = {{"x", ""}};
    if (auto* const* providers = std::get_if<std::vector<Config::OidcProvider>*>(&field))
      (*providers)->emplace_back();
    if (auto* const* duration = std::get_if<Duration*>(&field)) (*duration)->micros += 1;
    if (const auto* size = std::get_if<SizeField>(&field)) *size->bytes += 1;
    if (auto* const* level = std::get_if<log::Level*>(&field)) **level = log::Level::kError;
    if (auto* const* engine = std::get_if<DatabaseEngine*>(&field))
      **engine = DatabaseEngine::kPostgres;
    EXPECT_NE(FormatKey(key, config), FormatKey(key, Config())) << key.path;
  }
  EXPECT_EQ(Apply(ExampleConfig(), config), std::vector<std::string>{});
  for (const Key& key : Keys())
    EXPECT_EQ(FormatKey(key, config), FormatKey(key, Config())) << key.path;
}

}  // namespace
}  // namespace gantry::server
