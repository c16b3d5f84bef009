#include "server/config_keys.h"

#include <algorithm>
#include <type_traits>

#include "base/encoding.h"
#include "base/json_string.h"
#include "server/units.h"

namespace gantry::server {
namespace {

template <typename... Visitors>
struct Overload : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overload(Visitors...) -> Overload<Visitors...>;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kYear = 366 * 86'400 * kSecond;
constexpr int64_t kMiB = 1 << 20;

constexpr Key kKeys[] = {
    {"listen",
     "Addresses to serve on, HOST:PORT; port 0 takes a free one. IPv6 in brackets: \"[::1]:5000\".",
     [](Config& c) -> Field { return &c.listen; }},
    {"data", "Folder of everything that is stored. Made if absent; used by one server at a time.",
     [](Config& c) -> Field { return &c.data; }},
    {"hosts",
     "Names by which clients reach this server, and the account that each means; a list of\n"
     "\"pattern: ...\" with \"account: ...\" (id or alias), for example\n"
     "  - pattern: \"{account}.dkr.ecr.{region}.registry.example.com\"\n"
     "  - pattern: \"{region}-docker.pkg.example.com/{account}\"\n"
     "  - pattern: registry.example.com\n"
     "    account: \"000000000000\"\n"
     "Names that are not listed mean the default account. As a variable: PATTERN or "
     "PATTERN=ACCOUNT.",
     [](Config& c) -> Field { return &c.hosts; }},
    {"anonymous",
     "Serves without access control: everybody who reaches the address may pull, push and delete.",
     [](Config& c) -> Field { return &c.anonymous; }},
    {"workers", "Threads that run requests.", [](Config& c) -> Field { return &c.workers; }, 1,
     1024},
    {"reactors", "Threads that read and write connections; 0 for half the cores, at least one.",
     [](Config& c) -> Field { return &c.reactors; }, 0, 256},

    {"tls.certificate",
     "PEM file with the certificate and its chain. With it, every address speaks TLS (HTTP/1.1 "
     "and\n"
     "h2). SIGHUP reads certificate and key again.",
     [](Config& c) -> Field { return &c.tls.certificate; }},
    {"tls.key", "PEM file with the private key.", [](Config& c) -> Field { return &c.tls.key; }},

    {"database.engine",
     "sqlite: one file in the data folder. postgres: a PostgreSQL server, version 15 or later.",
     [](Config& c) -> Field { return &c.database.engine; }},
    {"database.path", "SQLite: the database file; empty for gantry.db in the data folder.",
     [](Config& c) -> Field { return &c.database.path; }},
    {"database.conninfo",
     "PostgreSQL: a connection string or URI as libpq reads it, for example\n"
     "\"host=db dbname=gantry user=gantry\". Give the password by PGPASSFILE, or the whole string "
     "by\n"
     "GANTRY_DATABASE_CONNINFO.",
     [](Config& c) -> Field { return &c.database.conninfo; }},
    {"database.connections_max", "PostgreSQL: connections kept open at most.",
     [](Config& c) -> Field { return &c.database.connections_max; }, 1, 1000},

    {"http.connections_max", "Open connections; one more is answered 503 and closed.",
     [](Config& c) -> Field { return &c.http.connections_max; }, 1, 1'000'000},
    {"http.queue_max", "Requests that wait for a worker; one more is answered 503.",
     [](Config& c) -> Field { return &c.http.queue_max; }, 1, 1'000'000},
    {"http.memory_max", "Memory of all bodies in flight; a request beyond it is answered 503.",
     [](Config& c) -> Field { return SizeField{&c.http.memory_bytes_max}; }, 16 * kMiB},
    {"http.header_timeout", "From the first byte of a request to the end of its headers.",
     [](Config& c) -> Field { return &c.http.header_timeout; }, kSecond, 3600 * kSecond},
    {"http.idle_timeout", "How long a kept connection may stay without a request.",
     [](Config& c) -> Field { return &c.http.idle_timeout; }, kSecond, 86'400 * kSecond},
    {"http.body_stall_timeout", "How long a request body may bring no byte.",
     [](Config& c) -> Field { return &c.http.body_stall_timeout; }, kSecond, 3600 * kSecond},
    {"http.write_stall_timeout", "How long a client may take no byte of a response.",
     [](Config& c) -> Field { return &c.http.write_stall_timeout; }, kSecond, 3600 * kSecond},
    {"http.drain_timeout",
     "After SIGTERM, how long requests in flight may take to end. A second signal ends at once.",
     [](Config& c) -> Field { return &c.drain_timeout; }, 0, 3600 * kSecond},

    {"storage.collection_grace_period",
     "How long a blob that no manifest needs is kept: the time between the push of a layer and "
     "the\n"
     "push of the manifest that names it.",
     [](Config& c) -> Field { return &c.storage.collection_grace_period; }, 0, kYear},
    {"storage.collection_interval",
     "How often storage that nothing needs is freed; 0 for only on `gantry gc`.",
     [](Config& c) -> Field { return &c.storage.collection_interval; }, 0, kYear},
    {"storage.trash_period",
     "How long a deleted tag, manifest or blob can be restored; 0 deletes for good at once.",
     [](Config& c) -> Field { return &c.storage.trash_period; }, 0, 10 * kYear},
    {"storage.upload_expiry", "How long an upload that gets no bytes is kept.",
     [](Config& c) -> Field { return &c.storage.upload_expiry; }, 60 * kSecond, kYear},
    {"storage.scrub_bytes_per_second",
     "Reading speed of the scrub, which checks stored blobs against their digests.",
     [](Config& c) -> Field { return SizeField{&c.storage.scrub_bytes_per_second}; }, 1 << 16},
    {"storage.scrub_interval",
     "How long after the start of one scrub of all blobs the next one starts; 0 for only on\n"
     "`gantry scrub`.",
     [](Config& c) -> Field { return &c.storage.scrub_interval; }, 0, 10 * kYear},

    {"manifests.allow_sparse",
     "Accepts a manifest although layers, or the manifests an index lists, are not in the "
     "repository.",
     [](Config& c) -> Field { return &c.manifests.allow_sparse; }},

    {"access.service",
     "Names this installation in the challenges that clients answer and in the tokens they get.",
     [](Config& c) -> Field { return &c.access.service; }},
    {"access.issuer",
     "The issuer that tokens name, for those who check them by /.well-known/jwks.json: the URL of\n"
     "this installation. Empty for the service's name.",
     [](Config& c) -> Field { return &c.access.issuer; }},
    {"access.token_url",
     "Where clients get their tokens, when that is not /token at the host they use.",
     [](Config& c) -> Field { return &c.access.token_url; }},

    {"audit.pulls", "Whether the audit log has every pull; everything else is always in it.",
     [](Config& c) -> Field { return &c.audit.pulls; }},

    {"limits.reads_per_second",
     "Requests a second that read (GET, HEAD), of each principal or, without a login, of each\n"
     "address (IPv6: each /64); one more is answered 429 with Retry-After. 0 for no limit.\n"
     "Behind a proxy every address is the proxy's. The control socket has no limits.",
     [](Config& c) -> Field { return &c.limits.reads_per_second; }, 0, 1'000'000},
    {"limits.writes_per_second", "The same for requests that change something.",
     [](Config& c) -> Field { return &c.limits.writes_per_second; }, 0, 1'000'000},
    {"limits.logins_per_second",
     "The same for requests for a token, and for credentials that were refused, of each address.\n"
     "Guessing of passwords is slowed down without it, too.",
     [](Config& c) -> Field { return &c.limits.logins_per_second; }, 0, 1'000'000},
    {"limits.burst", "How much may come at once: the requests of so long a time.",
     [](Config& c) -> Field { return &c.limits.burst; }, kSecond, 3600 * kSecond},

    {"federation.networks",
     "Networks besides the public internet (10.1.0.0/16, 127.0.0.1) from which the keys of "
     "trusted\n"
     "issuers may be fetched, such as that of the Kubernetes API server. Without an entry here, a\n"
     "trust cannot make this server reach into its own network.",
     [](Config& c) -> Field { return &c.federation.networks; }},
    {"federation.allow_http",
     "Fetches keys of issuers without TLS, too: for a test, not for a network.",
     [](Config& c) -> Field { return &c.federation.allow_http; }},
    {"federation.ca_file",
     "PEM file with the certificates that issuers are believed by, instead of the system's.",
     [](Config& c) -> Field { return &c.federation.ca_file; }},

    {"ldap.urls",
     "LDAP servers, or Active Directory, whose users log in here, too: ldaps://HOST[:PORT] or\n"
     "ldap://HOST[:PORT]; the first that answers is asked. Users with a password of this registry\n"
     "are never asked for there.",
     [](Config& c) -> Field { return &c.ldap.urls; }},
    {"ldap.start_tls",
     "Encrypts ldap:// with StartTLS. Without, ldap:// is for servers on this machine only.",
     [](Config& c) -> Field { return &c.ldap.start_tls; }},
    {"ldap.ca_file",
     "PEM file with the certificates that the servers are believed by, instead of the system's.",
     [](Config& c) -> Field { return &c.ldap.ca_file; }},
    {"ldap.bind_dn", "Who searches for users and groups; empty for anonymous.",
     [](Config& c) -> Field { return &c.ldap.bind_dn; }},
    {"ldap.bind_password_file", "File whose first line is the password of ldap.bind_dn.",
     [](Config& c) -> Field { return &c.ldap.bind_password_file; }},
    {"ldap.user_base", "Where users are searched.",
     [](Config& c) -> Field { return &c.ldap.user_base; }},
    {"ldap.user_filter",
     "Finds the entry of {user}, the name that was typed. Whoever it does not find cannot log in.",
     [](Config& c) -> Field { return &c.ldap.user_filter; }},
    {"ldap.user_attribute",
     "Has the user's name in this registry; sAMAccountName in Active Directory.",
     [](Config& c) -> Field { return &c.ldap.user_attribute; }},
    {"ldap.group_base", "Where groups are searched; empty for no search.",
     [](Config& c) -> Field { return &c.ldap.group_base; }},
    {"ldap.group_filter",
     "Finds the groups of {user} or, by the name of his entry, {dn}. With groups in groups, "
     "Active\n"
     "Directory: \"(member:1.2.840.113556.1.4.1941:={dn})\".",
     [](Config& c) -> Field { return &c.ldap.group_filter; }},
    {"ldap.group_attribute", "Has the group's name in this registry.",
     [](Config& c) -> Field { return &c.ldap.group_attribute; }},
    {"ldap.member_of",
     "An attribute of the user that names his groups, such as memberOf; empty for none.",
     [](Config& c) -> Field { return &c.ldap.member_of; }},
    {"ldap.group_prefix", "Only groups whose name begins so are taken over; empty for all.",
     [](Config& c) -> Field { return &c.ldap.group_prefix; }},
    {"ldap.create_groups",
     "Makes the groups of whoever logs in; without, groups that are not there are passed over.",
     [](Config& c) -> Field { return &c.ldap.create_groups; }},
    {"ldap.account", "The account, twelve digits, whose users they are.",
     [](Config& c) -> Field { return &c.ldap.account; }},

    {"log.level", "debug, info, warning or error. The log is JSON lines on standard error.",
     [](Config& c) -> Field { return &c.log.level; }},
    {"log.access", "One line for each request.", [](Config& c) -> Field { return &c.log.access; }},

    {"readiness.free_min",
     "/readyz answers 503 when the data folder has less free space than this.",
     [](Config& c) -> Field { return SizeField{&c.readiness.free_bytes_min}; }},
};

struct LevelName {
  const char* name;
  log::Level level;
};
constexpr LevelName kLevels[] = {{"debug", log::Level::kDebug},
                                 {"info", log::Level::kInfo},
                                 {"warning", log::Level::kWarning},
                                 {"error", log::Level::kError}};

Error BadValue(const Key& key, const std::string& text, const std::string& rule) {
  return InvalidArgument("bad_value", std::string(key.path) + ": \"" + text + "\" is not " + rule);
}

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

// "PATTERN" or "PATTERN=ACCOUNT" each.
Result<std::vector<HostRule>> HostRulesOf(const Key& key, const std::vector<std::string>& list) {
  std::vector<HostRule> rules;
  for (const std::string& item : list) {
    const size_t equals = std::min(item.find('='), item.size());
    rules.push_back({item.substr(0, equals), item.substr(std::min(equals + 1, item.size()))});
    if (rules.back().pattern.empty()) return BadValue(key, item, "PATTERN or PATTERN=ACCOUNT");
  }
  return rules;
}

std::string Quote(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string FormatList(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& item : list) text += (text.empty() ? "" : ", ") + Quote(item);
  return "[" + text + "]";
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

std::string FormatLevel(log::Level level) {
  for (const LevelName& name : kLevels)
    if (name.level == level) return name.name;
  return "info";
}

// "storage." of "storage.trash_period"; "" at the top.
std::string SectionOf(const Key& key) {
  const std::string path = key.path;
  return path.substr(0, path.rfind('.') + 1);
}

void AppendComment(const char* help, const std::string& indent, std::string& out) {
  out += indent + "# ";
  for (const char* c = help; *c != '\0'; ++c) {
    out += *c;
    if (*c == '\n') out += indent + "# ";
  }
  out += '\n';
}

}  // namespace

std::span<const Key> Keys() { return kKeys; }

const Key* FindKey(std::string_view path) {
  for (const Key& key : kKeys)
    if (key.path == path) return &key;
  return nullptr;
}

std::vector<std::string> KeyPaths() {
  std::vector<std::string> paths;
  for (const Key& key : kKeys) paths.emplace_back(key.path);
  return paths;
}

std::string VariableName(const Key& key) {
  std::string name = "GANTRY_";
  for (const char* c = key.path; *c != '\0'; ++c) {
    const bool lower = *c >= 'a' && *c <= 'z';
    name += lower ? static_cast<char>(*c - 'a' + 'A') : '_';
  }
  return name;
}

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
  return InvalidArgument("bad_value", std::string(key.path) + ": takes one value, not a list");
}

Result<void> SetKey(const Key& key, const std::vector<YamlRow>& rows, Config& config) {
  const Field field = key.field(config);
  auto* const* value = std::get_if<std::vector<HostRule>*>(&field);
  if (value == nullptr)
    return InvalidArgument("bad_value", std::string(key.path) + ": takes no list of mappings");
  std::vector<HostRule> rules;
  for (const YamlRow& row : rows) {
    TRY_ASSIGN(HostRule rule, HostRuleOf(key, row));
    rules.push_back(std::move(rule));
  }
  **value = std::move(rules);
  return Ok();
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
          [](Duration* value) { return FormatDuration(*value); },
          [](SizeField value) { return FormatSize(*value.bytes); },
          [](log::Level* value) { return FormatLevel(*value); },
          [](DatabaseEngine* value) {
            return std::string(*value == DatabaseEngine::kSqlite ? "sqlite" : "postgres");
          },
      },
      key.field(copy));
}

std::string ExampleConfig() {
  std::string text =
      "# Every key of Gantry's configuration with its default. A file may hold any part of it.\n"
      "# Each key can be set by an environment variable too, which beats the file:\n"
      "# storage.trash_period is GANTRY_STORAGE_TRASH_PERIOD (lists: separated by commas).\n"
      "# Durations: 500ms, 10s, 5m, 24h, 7d. Sizes: 512KiB, 4MiB, 1GiB, or a number of bytes.\n";
  std::string section;
  for (const Key& key : kKeys) {
    const std::string own = SectionOf(key);
    text += '\n';
    if (own != section) {
      section = own;
      text += own.substr(0, own.size() - 1) + ":\n";
    }
    const std::string indent = section.empty() ? "" : "  ";
    AppendComment(key.help, indent, text);
    text += indent + (key.path + own.size()) + ": " + FormatKey(key, Config()) + "\n";
  }
  return text;
}

}  // namespace gantry::server
