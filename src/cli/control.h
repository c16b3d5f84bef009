#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "cli/program.h"
#include "httpc/client.h"
#include "json/document.h"

namespace gantry::cli {

// The admin API (/api/admin/v1/) of the server that works on a data folder, over its control
// socket. Where none runs, this process takes its place for as long as the Control lives. Threads:
// one.
class Control {
 public:
  // Errors: those of Program::ControlSocket and Program::ServeOffline.
  static Result<Control> Open(Program& program, const ConfigOptions& options);

  // Sends a request and returns the JSON that answers it, "" for an answer without. `path` with its
  // query; `body` is JSON, or "". An error answer becomes an error with the server's sentence; the
  // rest as httpc::Client::Send. Takes as long as the server does.
  Result<std::string> Call(const std::string& method, const std::string& path,
                           const std::string& body = "");

 private:
  Control(std::unique_ptr<httpc::Client> client, std::unique_ptr<OfflineServer> offline)
      : client_(std::move(client)), offline_(std::move(offline)) {}

  std::unique_ptr<httpc::Client> client_;
  std::unique_ptr<OfflineServer> offline_;
};

// What the server says is wrong: {"error":{"reason","message","detail"}}.
Error ErrorOfAnswer(const httpc::Response& response);

}  // namespace gantry::cli
