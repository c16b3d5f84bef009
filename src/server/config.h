#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/server.h"
#include "log/log.h"
#include "server/host_patterns.h"

namespace gantry::server {

enum class DatabaseEngine { kSqlite, kPostgres };

// Everything that can be configured, with its defaults. The names that users write, the sentences
// that explain them and their ranges stand in config_keys.cc, one row a key.
struct Config {
  std::vector<std::string> listen = {"127.0.0.1:5000"};
  std::string data = "./var";
  std::vector<HostRule> hosts;  // what each name of this installation says of the account
  bool anonymous = false;
  int workers = 32;
  int reactors = 0;  // 0: half the cores, at least 1

  struct Tls {
    std::string certificate;  // "" for plain HTTP
    std::string key;
  } tls;

  struct Database {
    DatabaseEngine engine = DatabaseEngine::kSqlite;
    std::string path;  // "" for gantry.db in the data folder
    std::string conninfo;
    int connections_max = 8;
  } database;

  http::Limits http;
  Duration drain_timeout = Seconds(30);

  struct Storage {
    Duration collection_grace_period = Hours(24);
    Duration collection_interval = Hours(1);
    Duration trash_period = Hours(7 * 24);
    Duration upload_expiry = Hours(7 * 24);
    int64_t scrub_bytes_per_second = 16 << 20;
    Duration scrub_interval = Hours(7 * 24);
  } storage;

  struct Manifests {
    bool allow_sparse = false;
  } manifests;

  struct Access {
    std::string service = "gantry";
    std::string issuer;     // "": as `service`
    std::string token_url;  // "": /token at the host that the client used
    std::string url;        // "": scheme and host that the client used
  } access;

  struct AuditS3 {
    std::string endpoint;  // "": none
    std::string region = "us-east-1";
    std::string bucket;
    std::string prefix;
    std::string access_key_id;
    std::string secret_access_key;
    std::string secret_access_key_file;
    std::string ca_file;  // "" for the system's
  };

  struct Audit {
    bool pulls = true;
    Duration retention = {0};  // 0: for ever
    std::string export_file;
    std::string export_syslog;
    std::string export_syslog_ca_file;
    AuditS3 export_s3;
  } audit;

  struct RequestLimits {  // of each principal or, of who is not known, address; 0 for none
    int reads_per_second = 0;
    int writes_per_second = 0;
    int logins_per_second = 0;
    Duration burst = Seconds(10);  // what may come at once, as so long a time of the rate
  } limits;

  struct Federation {
    std::vector<std::string> networks;  // private ones that issuers of trusts may be in
    bool allow_http = false;
    std::string ca_file;  // "" for the system's
  } federation;

  struct OidcProvider {
    std::string name;
    std::string issuer;
    std::string client_id;
    std::string client_secret;
    std::string client_secret_file;
    std::string scopes = "openid profile email";  // separated by blanks
    std::string username_claim = "preferred_username";
    std::string username_prefix;
    std::string groups_claim;  // "": groups are left as they are
    std::string group_prefix;
    bool create_groups = false;
    std::string account = "000000000000";

    bool operator==(const OidcProvider&) const = default;
  };
  std::vector<OidcProvider> oidc;

  struct Ldap {
    std::vector<std::string> urls;  // none: no directory
    bool start_tls = false;
    std::string ca_file;  // "" for the system's
    std::string bind_dn;  // "" for anonymous
    std::string bind_password_file;
    std::string user_base;
    std::string user_filter = "(uid={user})";
    std::string user_attribute = "uid";
    std::string group_base;
    std::string group_filter = "(member={dn})";
    std::string group_attribute = "cn";
    std::string member_of;
    std::string group_prefix;
    bool create_groups = false;
    std::string account = "000000000000";
  } ldap;

  struct Log {
    log::Level level = log::Level::kInfo;
    bool access = true;
  } log;

  struct Readiness {
    int64_t free_bytes_min = 256 << 20;
  } readiness;
};

// Where the values come from; a later source beats an earlier one: the defaults, the file, the
// environment, the command line.
struct ConfigSources {
  std::optional<std::string> file;                 // path of a YAML file
  std::map<std::string, std::string> environment;  // the variables whose name starts with GANTRY_
  std::vector<std::pair<std::string, std::string>> flags;  // key and value, as in GANTRY_...
};

// The GANTRY_ variables of this process.
std::map<std::string, std::string> ReadEnvironment();

struct LoadedConfig {
  Config config;
  // Sentences for people, each with the place ("gantry.yaml:12: ..."). With any error the
  // configuration is not to be used.
  std::vector<std::string> errors;
  // What is suspicious and does not hinder: a variable GANTRY_... that means nothing.
  std::vector<std::string> warnings;
};

// Reads all sources and checks the result as a whole (ValidateConfig).
LoadedConfig LoadConfig(const ConfigSources& sources);

// Applies one YAML document to `config`; `name` stands in the messages. Returns the errors.
std::vector<std::string> ApplyYaml(std::string_view text, std::string_view name, Config& config);

// What is wrong with a configuration whose values are fine one by one: a certificate without a key,
// a host pattern of another form, PostgreSQL without a connection string.
std::vector<std::string> ValidateConfig(const Config& config);

// The number of reactor threads to run.
int ReactorCount(const Config& config);

}  // namespace gantry::server
