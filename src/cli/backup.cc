#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/encoding.h"
#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/text.h"

namespace gantry::cli {
namespace {

Result<void> Backup(Program& program, const ConfigOptions& options, const std::string& directory) {
  // The server has a working directory of its own.
  std::error_code error;
  const std::string path = std::filesystem::absolute(directory, error).string();
  if (error) return InvalidArgument("bad_path", directory + ": " + error.message());
  TRY_ASSIGN(Control control, Control::Open(program, options));
  TRY_ASSIGN(const std::string answer,
             control.Call("POST", "/api/admin/v1/backups?directory=" + PercentEncode(path)));
  TRY_ASSIGN(const json::Document document, json::Document::Parse(answer));
  const json::Value done = document.root();
  std::printf("%s: %s blobs, %s\n", path.c_str(), std::to_string(IntOf(done, "blobs")).c_str(),
              BytesText(IntOf(done, "blobBytes")).c_str());
  return Ok();
}

}  // namespace

int RunBackup(Program& program, const ConfigOptions& options, const std::string& directory) {
  const Result<void> done = Backup(program, options, directory);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

}  // namespace gantry::cli
