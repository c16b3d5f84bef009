#include "db/testing/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

namespace gantry::db {
namespace {

constexpr const char* kBinaries = "/usr/lib/postgresql/15/bin/";
constexpr std::chrono::seconds kStartPatience{60};

// Whom the server runs as: PostgreSQL refuses root.
struct User {
  bool change = false;
  uid_t uid = 0;
  gid_t gid = 0;
};

User ServerUser() {
  if (geteuid() != 0) return {};
  const passwd* const entry = getpwnam("postgres");
  if (entry == nullptr) return {};
  return {true, entry->pw_uid, entry->pw_gid};
}

// Starts a program in `folder`, its output appended to the file `log` there; -1 on failure.
pid_t Spawn(const std::vector<std::string>& command, const std::string& folder) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const User user = ServerUser();
  const std::string log = folder + "/log";
  const pid_t child = fork();
  if (child != 0) return child;
  const int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  if (user.change &&
      (setgroups(1, &user.gid) != 0 || setgid(user.gid) != 0 || setuid(user.uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (chdir(folder.c_str()) == 0) execv(arguments[0], arguments.data());
  _exit(127);
}

int WaitFor(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<std::unique_ptr<PostgresServer>> PostgresServer::Start() {
  std::unique_ptr<PostgresServer> server(new PostgresServer());
  TRY(server->Initialise());
  TRY(server->Launch());
  return server;
}

Result<void> PostgresServer::Initialise() {
  const User user = ServerUser();
  if (user.change && chown(folder_.path().c_str(), user.uid, user.gid) != 0) {
    return FromErrno(errno, "chown " + folder_.path());
  }
  const pid_t child =
      Spawn({std::string(kBinaries) + "initdb", "--pgdata=data", "--username=postgres",
             "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu",
             "--icu-locale=en", "--no-sync", "--no-instructions"},
            folder_.path());
  if (child < 0 || WaitFor(child) != 0) return Failed("initdb");
  return Ok();
}

Result<void> PostgresServer::Launch() {
  process_ = Spawn({std::string(kBinaries) + "postgres", "-D", "data", "-k", folder_.path(), "-c",
                    "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
                    "shared_buffers=32MB", "-c", "max_wal_size=128MB"},
                   folder_.path());
  if (process_ < 0) return Failed("postgres");
  const auto deadline = std::chrono::steady_clock::now() + kStartPatience;
  while (PQping(ConnectionString("postgres").c_str()) != PQPING_OK) {
    if (waitpid(process_, nullptr, WNOHANG) != 0) {
      process_ = -1;
      return Failed("postgres");
    }
    if (std::chrono::steady_clock::now() > deadline) return Failed("postgres");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return Ok();
}

PostgresServer::~PostgresServer() {
  if (process_ < 0) return;
  kill(process_, SIGQUIT);  // its data is thrown away
  WaitFor(process_);
}

Result<std::string> PostgresServer::CreateDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  TRY(Run("CREATE DATABASE " + name));
  return ConnectionString(name);
}

Result<void> PostgresServer::Run(const std::string& sql) {
  PGconn* const connection = PQconnectdb(ConnectionString("postgres").c_str());
  PGresult* const result = PQexec(connection, sql.c_str());
  const ExecStatusType status = PQresultStatus(result);
  Result<void> outcome;
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    outcome = Failed(PQerrorMessage(connection));
  }
  PQclear(result);
  PQfinish(connection);
  return outcome;
}

std::string PostgresServer::ConnectionString(const std::string& database) const {
  return "host=" + folder_.path() + " user=postgres dbname=" + database;
}

Error PostgresServer::Failed(const std::string& what) const {
  constexpr size_t kTail = 2000;
  std::ifstream file(folder_.path() + "/log");
  std::string log(std::istreambuf_iterator<char>(file), {});
  if (log.size() > kTail) log.erase(0, log.size() - kTail);
  return Internal("postgres_failed", what + " failed (is postgresql-15 installed?): " + log);
}

}  // namespace gantry::db
