#include "cli/connection.h"

#include <cstdlib>
#include <utility>

#include "base/encoding.h"
#include "cli/credentials.h"

namespace gantry::cli {
namespace {

constexpr const char* kPrefix = "/api/admin/v1";

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string Basic(const std::string& user, const std::string& password) {
  return "Basic " + Base64Encode(user + ":" + password);
}

// "" when there is none: the server then says what it wants.
Result<std::string> AuthorizationFor(const std::string& server) {
  const std::string token = Environment("GANTRY_TOKEN");
  if (!token.empty()) return "Bearer " + token;
  const std::string user = Environment("GANTRY_USER");
  if (!user.empty()) return Basic(user, Environment("GANTRY_PASSWORD"));
  TRY_ASSIGN(const auto credential, FindCredential(CredentialsPath(), server));
  if (!credential) return std::string();
  return Basic(credential->user, credential->password);
}

}  // namespace

Result<std::string> ServerUrl(const std::string& text) {
  std::string url = text;
  while (url.ends_with("/")) url.pop_back();
  if (url.starts_with("https://") || url.starts_with("http://")) return url;
  return InvalidArgument(
      "server_invalid",
      "a server is named by its URL, such as https://registry.example.com, not \"" + text + "\"");
}

Result<Connection> Connection::Open(Program& program, const ServerOptions& options) {
  Connection connection;
  const std::string server = options.server.empty() ? Environment("GANTRY_SERVER") : options.server;
  if (server.empty()) {
    TRY_ASSIGN(Control control, Control::Open(program, options.config));
    connection.control_ = std::make_unique<Control>(std::move(control));
    return connection;
  }
  TRY_ASSIGN(connection.server_, ServerUrl(server));
  TRY_ASSIGN(connection.authorization_, AuthorizationFor(connection.server_));
  connection.client_ = httpc::MakeClient({"", Environment("GANTRY_CA_FILE"), "gantry-cli"});
  return connection;
}

Result<Connection> Connection::Open(const std::string& server, const std::string& user,
                                    const std::string& password) {
  Connection connection;
  TRY_ASSIGN(connection.server_, ServerUrl(server));
  connection.authorization_ = Basic(user, password);
  connection.client_ = httpc::MakeClient({"", Environment("GANTRY_CA_FILE"), "gantry-cli"});
  return connection;
}

Result<std::string> Connection::Call(const std::string& method, const std::string& path,
                                     const std::string& body) {
  if (control_ != nullptr) return control_->Call(method, kPrefix + path, body);
  httpc::Request request;
  request.method = method;
  request.url = server_ + kPrefix + path;
  request.body = body;
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
  TRY_ASSIGN(httpc::Response response, client_->Send(request));
  if (response.status >= 200 && response.status < 300) return std::move(response.body);
  return ErrorOfAnswer(response);
}

}  // namespace gantry::cli
