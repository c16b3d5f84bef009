#include "cli/control.h"

#include <utility>

namespace gantry::cli {
namespace {

httpc::Request RequestTo(const std::string& method, const std::string& path) {
  httpc::Request request;
  request.method = method;
  request.url = "http://gantry" + path;
  request.stall_timeout = {0};  // a scrub says nothing until it is done
  return request;
}

}  // namespace

Result<Control> Control::Open(Program& program, const ConfigOptions& options) {
  TRY_ASSIGN(const std::string socket, program.ControlSocket(options));
  auto client = httpc::MakeClient({socket, "", "gantry-cli"});
  const auto alive = client->Send(RequestTo("GET", "/healthz"));
  std::unique_ptr<OfflineServer> offline;
  if (!alive.ok()) {
    TRY_ASSIGN(offline, program.ServeOffline(options));
  }
  return Control(std::move(client), std::move(offline));
}

Result<std::string> Control::Call(const std::string& method, const std::string& path,
                                  const std::string& body) {
  httpc::Request request = RequestTo(method, path);
  request.body = body;
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  TRY_ASSIGN(httpc::Response response, client_->Send(request));
  if (response.status < 200 || response.status >= 300) return ErrorOfAnswer(response);
  return std::move(response.body);
}

Error ErrorOfAnswer(const httpc::Response& response) {
  const auto document = json::Document::Parse(response.body);
  if (document.ok()) {
    const json::Value message = document->root().Find("error").Find("message");
    if (message && message.String())
      return Error(Code::kFailedPrecondition, "refused", std::string(*message.String()));
  }
  return Internal("unexpected_answer", "the server answered " + std::to_string(response.status) +
                                           ": " + response.body.substr(0, 200));
}

}  // namespace gantry::cli
