#include <unistd.h>

#include <cstdio>

#include "base/encoding.h"
#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/text.h"

namespace gantry::cli {
namespace {

struct Totals {
  int64_t blobs = 0;
  int64_t bytes = 0;
  int64_t damaged = 0;
  int64_t missing = 0;
  int64_t orphans = 0;
  int64_t orphan_bytes = 0;

  void Add(json::Value report) {
    blobs += IntOf(report, "blobsChecked");
    bytes += IntOf(report, "bytesChecked");
    damaged += IntOf(report, "damaged");
    missing += IntOf(report, "missing");
    orphans += IntOf(report, "orphans");
    orphan_bytes += IntOf(report, "orphanBytes");
  }
  std::string Text() const {
    return std::to_string(blobs) + " blobs, " + BytesText(bytes) +
           " checked: " + std::to_string(damaged) + " damaged, " + std::to_string(missing) +
           " missing";
  }
};

// One piece after another, so that the server is asked for no more than a gigabyte at a time.
Result<Totals> Scrub(Program& program, const ConfigOptions& options, int64_t bytes_per_second) {
  TRY_ASSIGN(Control control, Control::Open(program, options));
  const bool show = isatty(STDERR_FILENO) == 1;
  Totals totals;
  std::string cursor;
  do {
    TRY_ASSIGN(const std::string answer,
               control.Call("POST", "/api/admin/v1/scrubs?after=" + PercentEncode(cursor) +
                                        "&rate=" + std::to_string(bytes_per_second)));
    TRY_ASSIGN(const json::Document report, json::Document::Parse(answer));
    totals.Add(report.root());
    cursor = StringOf(report.root(), "cursor");
    if (show) std::fprintf(stderr, "\r%s", totals.Text().c_str());
  } while (!cursor.empty());
  TRY_ASSIGN(const std::string answer, control.Call("POST", "/api/admin/v1/orphans"));
  TRY_ASSIGN(const json::Document report, json::Document::Parse(answer));
  totals.Add(report.root());
  if (show) std::fputs("\r\033[K", stderr);
  return totals;
}

}  // namespace

int RunScrub(Program& program, const ConfigOptions& options, int64_t bytes_per_second) {
  const Result<Totals> totals = Scrub(program, options, bytes_per_second);
  if (!totals.ok()) return Complain(totals.error());
  std::puts(totals->Text().c_str());
  if (totals->orphans > 0) {
    const std::string text = std::to_string(totals->orphans) +
                             " blobs that nothing knows were removed, " +
                             BytesText(totals->orphan_bytes);
    std::puts(text.c_str());
  }
  if (totals->damaged + totals->missing == 0) return kDone;
  std::puts("damaged and missing blobs are not served any more; pushing them again heals them");
  return kDamage;
}

}  // namespace gantry::cli
