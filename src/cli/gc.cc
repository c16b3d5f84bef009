#include <cstdio>

#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/text.h"

namespace gantry::cli {
namespace {

Result<void> Collect(Program& program, const ConfigOptions& options, bool json) {
  TRY_ASSIGN(Control control, Control::Open(program, options));
  TRY_ASSIGN(const std::string answer, control.Call("POST", "/api/admin/v1/collections"));
  if (json) {
    std::puts(answer.c_str());
    return Ok();
  }
  TRY_ASSIGN(const json::Document document, json::Document::Parse(answer));
  const json::Value done = document.root();
  const auto count = [&](const char* key) { return std::to_string(IntOf(done, key)); };
  const std::string text = "freed " + BytesText(IntOf(done, "bytesFreed")) + ": " +
                           count("blobsRemoved") + " blobs removed, " + count("linksRemoved") +
                           " links removed, " + count("uploadsExpired") + " uploads expired, " +
                           count("trashPurged") + " deletions purged";
  std::puts(text.c_str());
  if (BoolOf(done, "held")) std::puts("a backup is being taken: no blob was removed");
  return Ok();
}

}  // namespace

int RunGc(Program& program, const ConfigOptions& options, bool json) {
  const Result<void> done = Collect(program, options, json);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

}  // namespace gantry::cli
