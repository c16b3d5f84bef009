#include <utility>

#include "base/encoding.h"
#include "cli/answer.h"
#include "cli/connection.h"
#include "cli/credential_commands.h"
#include "cli/credentials.h"
#include "cli/exit_code.h"
#include "cli/loopback.h"
#include "cli/workload_token.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "json/document.h"

namespace gantry::cli {
namespace {

constexpr Duration kPatience = Seconds(600);
constexpr size_t kSecretBytes = 32;

// The code becomes a token (api/login).
Result<json::Document> Redeem(const Surroundings& surroundings, const std::string& url,
                              const std::string& code, const std::string& verifier) {
  httpc::Request request;
  request.method = "POST";
  request.url = url + "/login/oidc/token";
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = "code=" + PercentEncode(code) + "&code_verifier=" + PercentEncode(verifier);
  request.deadline = Seconds(30);
  TRY_ASSIGN(const httpc::Response response, surroundings.client.Send(request));
  TRY_ASSIGN(json::Document answer, json::Document::Parse(response.body));
  if (response.status == 200) return answer;
  return Error(Code::kPermissionDenied, "login_refused",
               "the server did not log you in: " + StringOf(answer.root(), "error_description"));
}

Result<void> Login(const Surroundings& surroundings, const std::string& server,
                   const std::string& provider) {
  TRY_ASSIGN(const std::string url, ServerUrl(server));
  TRY_ASSIGN(Loopback loopback, Loopback::Open());
  const std::string state = crypto::RandomHex(kSecretBytes);
  const std::string verifier = Base64UrlEncode(crypto::RandomBytes(kSecretBytes));
  surroundings.err << "Open this page in a browser on this computer:\n"
                   << url << "/login/oidc/" << PercentEncode(provider)
                   << "?port=" << loopback.port() << "&state=" << state
                   << "&challenge=" << Base64UrlEncode(crypto::Sha256(verifier)) << std::endl;
  TRY_ASSIGN(const std::string code, loopback.WaitForCode(state, kPatience));
  TRY_ASSIGN(const json::Document answer, Redeem(surroundings, url, code, verifier));
  const std::string token = StringOf(answer.root(), "access_token");
  if (token.empty()) return Unavailable("login_refused", "the server answers without a token");
  TRY(StoreCredential(surroundings.credentials, url, {kTokenUser, token}));
  surroundings.out << "logged in to " << url << " as " << StringOf(answer.root(), "principal")
                   << " for 12 hours; kept in " << surroundings.credentials << "\n";
  return Ok();
}

}  // namespace

int RunOidcLogin(const Surroundings& surroundings, const std::string& server,
                 const std::string& provider) {
  const Result<void> done = Login(surroundings, server, provider);
  if (done.ok()) return kDone;
  surroundings.err << "gantry: " << done.error().message() << "\n";
  return kFailed;
}

}  // namespace gantry::cli
