#include "retention/quiet_repositories.h"

#include <optional>

namespace gantry::retention {
namespace {

// A push takes its time before it commits: what is a little older than the plan may not have been
// in it.
constexpr Duration kInFlight = Seconds(5);

}  // namespace

void QuietRepositories::Note(const meta::RepositoryKey& repository,
                             const meta::LifecycleMarks& marks, const Planner::Outlook& outlook,
                             Time planned_at) {
  MutexLock lock(mutex_);
  if (quiet_.size() >= kMax) quiet_.clear();
  quiet_[repository.text()] = {marks, outlook, planned_at};
}

void QuietRepositories::Forget(const meta::RepositoryKey& repository) {
  MutexLock lock(mutex_);
  quiet_.erase(repository.text());
}

Result<bool> QuietRepositories::IsQuiet(db::Tx& tx, const meta::RepositoryKey& repository,
                                        Time now) {
  std::optional<Quiet> then;
  {
    MutexLock lock(mutex_);
    const auto found = quiet_.find(repository.text());
    if (found != quiet_.end()) then = found->second;
  }
  if (!then || now >= then->outlook.next_due) return false;
  TRY_ASSIGN(meta::LifecycleMarks marks, meta::ReadLifecycleMarks(tx, repository));
  const int64_t pushed = marks.manifests - then->marks.manifests;
  const int64_t tagged = marks.tags - then->marks.tags;
  marks.manifests = then->marks.manifests;
  marks.tags = then->marks.tags;
  // Something was deleted or restored, policies were changed, or it is another of its name.
  if (marks != then->marks || pushed < 0 || pushed > then->outlook.room) return false;
  TRY_ASSIGN(const auto tags,
             meta::ReadTagChanges(tx, marks.repository, then->planned_at - kInFlight));
  // Tags that moved have changed what an older image is; so have new ones on it.
  return tags.changed == tagged && tags.of_old == 0;
}

}  // namespace gantry::retention
