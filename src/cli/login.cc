#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/connection.h"
#include "cli/credentials.h"
#include "cli/exit_code.h"
#include "cli/secret.h"
#include "cli/text.h"
#include "json/document.h"

namespace gantry::cli {
namespace {

Result<std::string> UserName(const std::string& given) {
  if (!given.empty()) return given;
  if (isatty(STDIN_FILENO) != 1) {
    return InvalidArgument("bad_config", "--user is missing");
  }
  std::fputs("User: ", stderr);
  std::string user;
  std::getline(std::cin, user);
  return user;
}

// What does not work is not kept.
Result<void> Login(const std::string& server, const std::string& given_user) {
  TRY_ASSIGN(const std::string url, ServerUrl(server));
  if (url.starts_with("http://")) {
    std::fputs("gantry: the password will cross the network in the clear; use https\n", stderr);
  }
  TRY_ASSIGN(const std::string user, UserName(given_user));
  TRY_ASSIGN(const std::string password, ReadSecret("Password"));
  TRY_ASSIGN(Connection connection, Connection::Open(url, user, password));
  TRY_ASSIGN(const std::string answer, connection.Call("GET", "/me"));
  TRY_ASSIGN(const json::Document me, json::Document::Parse(answer));
  const std::string path = CredentialsPath();
  TRY(StoreCredential(path, url, {user, password}));
  std::printf("logged in to %s as %s; kept in %s\n", url.c_str(),
              StringOf(me.root(), "principal").c_str(), path.c_str());
  if (BoolOf(me.root(), "passwordMustChange"))
    std::puts("this is a one-time password: change it with gantry user own-password");
  return Ok();
}

Result<void> Logout(const std::string& server) {
  TRY_ASSIGN(const std::string url, ServerUrl(server));
  TRY_ASSIGN(const bool removed, RemoveCredential(CredentialsPath(), url));
  std::printf(removed ? "the credential for %s is forgotten\n" : "there was none for %s\n",
              url.c_str());
  return Ok();
}

}  // namespace

int RunLogin(const std::string& server, const std::string& user) {
  const Result<void> done = Login(server, user);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

int RunLogout(const std::string& server) {
  const Result<void> done = Logout(server);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

}  // namespace gantry::cli
