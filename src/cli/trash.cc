#include <cstdio>
#include <vector>

#include "base/encoding.h"
#include "cli/answer.h"
#include "cli/commands.h"
#include "cli/control.h"
#include "cli/exit_code.h"
#include "cli/text.h"

namespace gantry::cli {
namespace {

// The answer of one page, and where the next begins ("" at the end).
struct TrashPage {
  std::vector<std::vector<std::string>> rows;
  std::string next;
};

Result<TrashPage> ReadPage(const std::string& answer) {
  TRY_ASSIGN(const json::Document document, json::Document::Parse(answer));
  TrashPage page;
  for (const json::Value entry : document.root().Find("trash").Items()) {
    page.rows.push_back({StringOf(entry, "id"), StringOf(entry, "deleted"),
                         StringOf(entry, "purge"), StringOf(entry, "kind"),
                         StringOf(entry, "repository"), StringOf(entry, "subject"),
                         StringOf(entry, "reason")});
  }
  if (BoolOf(document.root(), "more") && !page.rows.empty()) page.next = page.rows.back()[0];
  return page;
}

Result<void> List(Program& program, const ConfigOptions& options, const std::string& repository,
                  bool json) {
  TRY_ASSIGN(Control control, Control::Open(program, options));
  std::vector<std::vector<std::string>> rows = {
      {"ID", "DELETED", "KEPT UNTIL", "KIND", "REPOSITORY", "SUBJECT", "REASON"}};
  std::string query = "n=1000";
  if (!repository.empty()) query += "&repository=" + PercentEncode(repository);
  std::string after = "0";
  do {
    TRY_ASSIGN(const std::string answer,
               control.Call("GET", "/api/admin/v1/trash?" + query + "&after=" + after));
    TRY_ASSIGN(const TrashPage page, ReadPage(answer));
    if (json) std::puts(answer.c_str());
    rows.insert(rows.end(), page.rows.begin(), page.rows.end());
    after = page.next;
  } while (!after.empty());
  if (json) return Ok();
  std::fputs(rows.size() == 1 ? "the trash is empty\n" : TableText(rows).c_str(), stdout);
  return Ok();
}

void PrintTags(json::Value answer, const char* key, const char* sentence) {
  std::string tags;
  for (const json::Value tag : answer.Find(key).Items()) {
    if (!tags.empty()) tags += ", ";
    tags += tag.String().value_or("");
  }
  if (!tags.empty()) std::printf("%s: %s\n", sentence, tags.c_str());
}

Result<void> Restore(Program& program, const ConfigOptions& options, const std::string& id,
                     bool json) {
  TRY_ASSIGN(Control control, Control::Open(program, options));
  TRY_ASSIGN(const std::string answer,
             control.Call("POST", "/api/admin/v1/trash/" + PercentEncode(id) + "/restore"));
  if (json) {
    std::puts(answer.c_str());
    return Ok();
  }
  TRY_ASSIGN(const json::Document document, json::Document::Parse(answer));
  const json::Value entry = document.root().Find("restored");
  std::printf("restored %s %s of %s\n", StringOf(entry, "kind").c_str(),
              StringOf(entry, "subject").c_str(), StringOf(entry, "repository").c_str());
  PrintTags(document.root(), "tags", "its tags are there again");
  PrintTags(document.root(), "tagsKept", "tags made anew meanwhile were left alone");
  return Ok();
}

}  // namespace

int RunTrashList(Program& program, const ConfigOptions& options, const std::string& repository,
                 bool json) {
  const Result<void> done = List(program, options, repository, json);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

int RunTrashRestore(Program& program, const ConfigOptions& options, const std::string& id,
                    bool json) {
  const Result<void> done = Restore(program, options, id, json);
  return done.ok() ? static_cast<int>(kDone) : Complain(done.error());
}

}  // namespace gantry::cli
