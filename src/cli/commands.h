#pragma once

#include <cstdint>
#include <string>

#include "cli/program.h"

// What each command does once its words are read. All print to standard output and complain on
// standard error; all return an ExitCode. With `json` the answer of the server is printed as it is.
namespace gantry::cli {

int RunVersion(Program& program, bool json);

// Frees what nothing needs any more.
int RunGc(Program& program, const ConfigOptions& options, bool json);

// Compares every stored blob with its digest; `bytes_per_second` 0: as fast as it goes.
// kDamage when something was wrong.
int RunScrub(Program& program, const ConfigOptions& options, int64_t bytes_per_second);

// Copies everything into a new folder, which `gantry restore` reads.
int RunBackup(Program& program, const ConfigOptions& options, const std::string& directory);

// Deletions that can be undone; of one repository, or of all when it is "".
int RunTrashList(Program& program, const ConfigOptions& options, const std::string& repository,
                 bool json);
// Undoes one.
int RunTrashRestore(Program& program, const ConfigOptions& options, const std::string& id,
                    bool json);

// Asks for a password, sees whether the server takes it, and keeps it (credentials.h). `user` "":
// asked for, too.
int RunLogin(const std::string& server, const std::string& user);
// Forgets what is kept for a server.
int RunLogout(const std::string& server);

}  // namespace gantry::cli
