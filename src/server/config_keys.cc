#include "server/config_keys.h"

#include <algorithm>

#include "server/config_values.h"

namespace gantry::server {
namespace {

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

    {"access.url",
     "The URL of this installation as browsers reach it, https://registry.example.com, for logins "
     "by\n"
     "OpenID Connect. Empty for the scheme and host that the browser used.",
     [](Config& c) -> Field { return &c.access.url; }},

    {"oidc",
     "Where people log in by OpenID Connect, at /login/oidc/NAME; a list of\n"
     "  - name: corp                           # 1 to 32 of a-z 0-9 -\n"
     "    issuer: https://login.example.com    # exactly as its tokens have it\n"
     "    client_id: gantry\n"
     "    client_secret_file: /etc/gantry/corp.secret    # or client_secret\n"
     "    scopes: openid profile email\n"
     "    username_claim: preferred_username   # of the first login; \"email\" must be verified\n"
     "    username_prefix: \"\"                  # before it, to tell people of providers apart\n"
     "    groups_claim: groups                 # empty: groups are left as they are\n"
     "    group_prefix: \"\"                     # only groups whose name begins so are taken "
     "over\n"
     "    create_groups: false                 # makes those that are not there\n"
     "    account: \"000000000000\"              # whose users they become\n"
     "Register ACCESS.URL/login/oidc/NAME/callback there. Providers in a private network are named "
     "in\n"
     "federation.networks; federation.ca_file and federation.allow_http hold for them, too. As a\n"
     "variable: the list as it would stand here, in brackets.",
     [](Config& c) -> Field { return &c.oidc; }},

    {"audit.pulls", "Whether the audit log has every pull; everything else is always in it.",
     [](Config& c) -> Field { return &c.audit.pulls; }},
    {"audit.retention",
     "How long the audit log is kept on this machine; 0 for ever. What an export below has not "
     "got\n"
     "is kept.",
     [](Config& c) -> Field { return &c.audit.retention; }, 0, 100 * kYear},
    {"audit.export.file", "A file that gets a line of JSON for each record.",
     [](Config& c) -> Field { return &c.audit.export_file; }},
    {"audit.export.syslog",
     "A collector that gets a message of RFC 5424 for each record: udp://HOST:PORT, "
     "tcp://HOST:PORT\n"
     "or tls://HOST:PORT.",
     [](Config& c) -> Field { return &c.audit.export_syslog; }},
    {"audit.export.syslog_ca_file",
     "PEM file with the certificates that the collector is believed by, instead of the system's.",
     [](Config& c) -> Field { return &c.audit.export_syslog_ca_file; }},
    {"audit.export.s3.endpoint",
     "A service that speaks as S3, https://HOST, that gets an object with the records of each "
     "minute.",
     [](Config& c) -> Field { return &c.audit.export_s3.endpoint; }},
    {"audit.export.s3.region", "Its region.",
     [](Config& c) -> Field { return &c.audit.export_s3.region; }},
    {"audit.export.s3.bucket", "The bucket, which must be there.",
     [](Config& c) -> Field { return &c.audit.export_s3.bucket; }},
    {"audit.export.s3.prefix", "What the names of objects begin with.",
     [](Config& c) -> Field { return &c.audit.export_s3.prefix; }},
    {"audit.export.s3.access_key_id", "The key that may put objects.",
     [](Config& c) -> Field { return &c.audit.export_s3.access_key_id; }},
    {"audit.export.s3.secret_access_key", "Its secret; better in a file of its own:",
     [](Config& c) -> Field { return &c.audit.export_s3.secret_access_key; }},
    {"audit.export.s3.secret_access_key_file",
     "File whose first line is the secret; read for each object.",
     [](Config& c) -> Field { return &c.audit.export_s3.secret_access_key_file; }},
    {"audit.export.s3.ca_file",
     "PEM file with the certificates that it is believed by, instead of the system's.",
     [](Config& c) -> Field { return &c.audit.export_s3.ca_file; }},

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

// {"audit", "export"} of "audit.export.file".
std::vector<std::string> SectionsOf(const Key& key) {
  std::vector<std::string> sections;
  const std::string_view path = key.path;
  size_t start = 0;
  for (size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', start)) {
    sections.emplace_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  return sections;
}

std::string Indent(size_t depth) { return std::string(2 * depth, ' '); }

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
    const bool digit = *c >= '0' && *c <= '9';
    name += lower ? static_cast<char>(*c - 'a' + 'A') : digit ? *c : '_';
  }
  return name;
}

std::string ExampleConfig() {
  std::string text =
      "# Every key of Gantry's configuration with its default. A file may hold any part of it.\n"
      "# Each key can be set by an environment variable too, which beats the file:\n"
      "# storage.trash_period is GANTRY_STORAGE_TRASH_PERIOD (lists: separated by commas).\n"
      "# Durations: 500ms, 10s, 5m, 24h, 7d. Sizes: 512KiB, 4MiB, 1GiB, or a number of bytes.\n";
  std::vector<std::string> open;  // the sections around the last key
  for (const Key& key : kKeys) {
    const std::vector<std::string> own = SectionsOf(key);
    text += '\n';
    const auto differ = std::ranges::mismatch(open, own);
    for (auto section = differ.in2; section != own.end(); ++section)
      text += Indent(static_cast<size_t>(section - own.begin())) + *section + ":\n";
    open = own;
    const std::string path = key.path;
    AppendComment(key.help, Indent(own.size()), text);
    text += Indent(own.size()) + path.substr(path.rfind('.') + 1) + ": " +
            FormatKey(key, Config()) + "\n";
  }
  return text;
}

}  // namespace gantry::server
