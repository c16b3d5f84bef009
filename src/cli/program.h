#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gantry::cli {

// What the command line says about the configuration; the same for every command.
struct ConfigOptions {
  std::optional<std::string> file;                         // --config
  std::vector<std::pair<std::string, std::string>> flags;  // key and value: --data is {"data", ...}
};

// A server of this process that takes commands, as long as it lives.
class OfflineServer {
 public:
  virtual ~OfflineServer() = default;
};

// What the commands need of the program that they are part of. The methods that return an int do
// the whole command: they print, complain on standard error, and return an ExitCode.
// Threads: one.
class Program {
 public:
  virtual ~Program() = default;

  // Runs the server until it is told to end.
  virtual int Serve(const ConfigOptions& options) = 0;
  // Says what is wrong with the configuration.
  virtual int CheckConfig(const ConfigOptions& options) = 0;
  // Checks everything that is stored; no server may run.
  virtual int Verify(const ConfigOptions& options, bool json) = 0;
  // Fills the empty store of the configuration from a backup; no server may run.
  virtual int Restore(const ConfigOptions& options, const std::string& backup) = 0;
  // Checks the audit log in a folder that nobody writes to at the moment; `public_key`: in
  // hexadecimal, as kept outside of the machine, "" for the one beside the log.
  virtual int VerifyAudit(const std::string& folder, const std::string& public_key, bool json) = 0;

  // An example file of the configuration.
  virtual std::string ExampleConfig() = 0;
  // "0.1.0".
  virtual std::string Version() = 0;

  // A YAML document as JSON. invalid_argument/bad_yaml
  virtual Result<std::string> YamlAsJson(const std::string& text) = 0;

  // The socket on which the server of that data folder takes commands; it need not exist.
  // invalid_argument/bad_config.
  virtual Result<std::string> ControlSocket(const ConfigOptions& options) = 0;
  // Locks the data folder and takes commands on its control socket, nothing else.
  // invalid_argument/bad_config, failed_precondition/data_folder_in_use, and what opening the
  // stores can say.
  virtual Result<std::unique_ptr<OfflineServer>> ServeOffline(const ConfigOptions& options) = 0;
};

}  // namespace gantry::cli
