#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/control.h"
#include "cli/program.h"
#include "httpc/client.h"

namespace gantry::cli {

// Which server an administration command speaks to, and about which account.
struct ServerOptions {
  ConfigOptions config;  // of a server on this machine, which is asked over its control socket
  std::string server;    // URL of one elsewhere; "": as GANTRY_SERVER says, else the one here
  std::string account;   // id; "": the account that the server takes
};

// The admin API of the server that the options name. Of one elsewhere, the credential is, in this
// order: GANTRY_TOKEN; GANTRY_USER with GANTRY_PASSWORD; what `gantry login` keeps for that URL
// (credentials.h). GANTRY_CA_FILE names certificates to trust besides the system's. Threads: one.
class Connection {
 public:
  // Errors: those of Control::Open; invalid_argument/server_invalid (no http or https URL).
  static Result<Connection> Open(Program& program, const ServerOptions& options);
  // With that credential and no other.
  static Result<Connection> Open(const std::string& server, const std::string& user,
                                 const std::string& password);

  // The body of the answer, "" of one without. `path`: behind /api/admin/v1; `body`: JSON, or "".
  // An error answer becomes an error with the server's sentence.
  Result<std::string> Call(const std::string& method, const std::string& path,
                           const std::string& body = "");

 private:
  Connection() = default;

  std::unique_ptr<Control> control_;       // or
  std::unique_ptr<httpc::Client> client_;  // of the server elsewhere
  std::string server_;
  std::string authorization_;
};

// The URL without a slash at its end. invalid_argument/server_invalid
Result<std::string> ServerUrl(const std::string& text);

}  // namespace gantry::cli
