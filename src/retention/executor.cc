#include "retention/executor.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "retention/preview.h"

namespace gantry::retention {
namespace {

constexpr int64_t kRepositoriesAPiece = 50;
constexpr size_t kNamedMax = 5;  // digests in a message

std::string ReasonOf(const RepositoryPlan& plan, uint32_t position) {
  return "lifecycle: " + plan.Reason(position);
}

void Refuse(const Error& error, meta::LifecycleRunRow& run) {
  ++run.refused;
  if (run.detail.empty()) run.detail = error.message();
}

// "3 more (sha256:…, …)"; "" for none.
std::string Named(const char* what, const std::vector<std::string>& digests) {
  if (digests.empty()) return "";
  std::string text = std::to_string(digests.size()) + " " + what + " (";
  for (size_t i = 0; i < std::min(digests.size(), kNamedMax); ++i) {
    text += (i > 0 ? ", " : "") + digests[i];
  }
  return text + (digests.size() > kNamedMax ? ", …)" : ")");
}

// What a stored preview wanted to do, by digest.
Result<std::map<std::string, Outcome>> ShownIn(db::Tx& tx, const meta::RepositoryKey& key) {
  std::map<std::string, Outcome> shown;
  std::string after;
  while (true) {
    TRY_ASSIGN(const auto page, meta::NextLifecyclePreviewPage(tx, key, after));
    if (!page) return shown;
    after = page->last_digest;
    TRY_ASSIGN(const auto images, ReadImages(page->images));
    for (const PreviewImage& image : images) {
      if (image.outcome != Outcome::kKeep) shown.emplace(image.digest, image.outcome);
    }
  }
}

// How a plan differs from what was shown, for people.
std::string Changes(const std::map<std::string, Outcome>& shown, const RepositoryPlan& plan) {
  std::vector<std::string> more;
  std::map<std::string, Outcome> gone = shown;
  for (const uint32_t position : plan.order) {
    const std::string& digest = plan.image(position).digest;
    const auto found = gone.find(digest);
    const bool same = found != gone.end() && found->second == plan.verdicts[position].outcome;
    if (!same) more.push_back(digest);
    if (found != gone.end()) gone.erase(found);
  }
  std::vector<std::string> fewer;
  for (const auto& [digest, outcome] : gone) fewer.push_back(digest);
  const std::string added = Named("more or treated otherwise", more);
  const std::string removed = Named("fewer", fewer);
  if (added.empty() && removed.empty()) return "other rules decide";
  return added + (added.empty() || removed.empty() ? "" : ", ") + removed;
}

}  // namespace

Executor::Executor(const core::Store& store, core::Manifests& manifests,
                   const core::Traffic* traffic, const std::atomic<bool>& stopping)
    : store_(store), manifests_(manifests), traffic_(traffic), stopping_(stopping) {}

Result<RepositoryPlan> Executor::PlanFor(const meta::RepositoryKey& repository) {
  const Time now = store_.clock.Now();
  std::optional<RepositoryPlan> plan;
  RepositoryPolicies stored;
  meta::LifecycleMarks marks;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(stored, ReadRepositoryPolicies(tx, repository));
    TRY_ASSIGN(marks, meta::ReadLifecycleMarks(tx, repository));
    TRY_ASSIGN(RepositoryImages images, ReadRepositoryImages(tx, repository, now));
    if (stored.policies.empty()) {
      return NotFound("lifecycle_policy_unknown", "no lifecycle policy covers the repository '" +
                                                      std::string(repository.name()) + "'");
    }
    plan = MakePlan(repository, std::move(stored.policies), std::move(images), now);
    return Ok();
  }));
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    for (const auto& row : stored.rows) {
      TRY(meta::NoteLifecycleEvaluation(tx, repository.account_id(), row, now));
    }
    return Ok();
  }));
  if (plan->outlook) {
    quiet_.Note(repository, marks, *plan->outlook, now);
  } else {
    quiet_.Forget(repository);
  }
  return std::move(*plan);
}

Result<void> Executor::CheckShown(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                                  const RunRequest& request) {
  if (request.fingerprint.empty() || request.fingerprint == plan.fingerprint) return Ok();
  std::string changes = "look at a new preview";
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto preview, meta::FindLifecyclePreview(tx, repository));
    if (!preview || preview->fingerprint != request.fingerprint) return Ok();
    TRY_ASSIGN(const auto shown, ShownIn(tx, repository));
    changes = Changes(shown, plan);
    return Ok();
  }));
  return Error(Code::kFailedPrecondition, "lifecycle_plan_changed",
               "the plan is not the one that was shown: " + changes)
      .With("fingerprint", plan.fingerprint);
}

Result<meta::LifecycleRunRow> Executor::Run(const meta::RepositoryKey& repository,
                                            const RunRequest& request) {
  TRY_ASSIGN(const RepositoryPlan plan, PlanFor(repository));
  TRY(CheckShown(repository, plan, request));
  meta::LifecycleRunRow run;
  run.id = store_.ids.Next<meta::RunId>();
  run.repository = repository.text();
  run.cause = request.cause;
  run.status = "running";
  run.planned = static_cast<int64_t>(plan.order.size());
  run.started_at = store_.clock.Now();
  if (plan.order.empty() && request.cause != "request") return run;
  TRY(Store(run));
  const auto acted = Act(repository, plan, run);
  run.status = stopping_.load() ? "stopped" : "done";
  if (!acted.ok()) {
    run.status = "failed";
    run.detail = acted.error().message();
  }
  run.finished_at = store_.clock.Now();
  TRY(Store(run));
  log::Info(store_.logger, "lifecycle_run")
      .Field("repository", run.repository)
      .Field("run", run.id.value)
      .Field("status", run.status)
      .Field("expired", run.expired)
      .Field("archived", run.archived)
      .Field("untagged", run.untagged)
      .Field("refused", run.refused);
  if (!acted.ok()) return acted.error();
  return run;
}

Result<void> Executor::Act(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                           meta::LifecycleRunRow& run) {
  TRY(Expire(repository, plan, run));
  std::vector<uint32_t> archived;
  for (const uint32_t position : plan.order) {
    if (stopping_.load()) return Ok();
    const Image& image = plan.image(position);
    if (plan.verdicts[position].outcome == Outcome::kUntag) {
      TRY(Untag(repository, plan, position, run));
    } else if (plan.verdicts[position].outcome == Outcome::kArchive &&
               image.storage_class == StorageClass::kStandard) {
      archived.push_back(position);
    }
  }
  if (archived.empty()) return Ok();
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    for (const uint32_t position : archived) {
      TRY(meta::ArchiveImage(tx, plan.repository.repository, plan.image(position).digest,
                             store_.clock.Now()));
    }
    return Ok();
  }));
  run.archived = static_cast<int64_t>(archived.size());
  return Ok();
}

// In the plan's order, an index before what it lists, in batches as large as the clients allow.
Result<void> Executor::Expire(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                              meta::LifecycleRunRow& run) {
  std::vector<core::Manifests::Victim> victims;
  for (const uint32_t position : plan.order) {
    if (plan.verdicts[position].outcome != Outcome::kExpire) continue;
    const Image& image = plan.image(position);
    TRY_ASSIGN(const auto digest, oci::Digest::Parse(image.digest));
    victims.push_back({digest, image.tags, ReasonOf(plan, position)});
  }
  core::Pace pace(store_.clock, traffic_);
  size_t next = 0;
  while (next < victims.size() && !stopping_.load()) {
    const size_t count =
        std::min(victims.size() - next, static_cast<size_t>(std::max<int64_t>(1, pace.Begin())));
    const auto first = victims.begin() + static_cast<std::ptrdiff_t>(next);
    const std::vector<core::Manifests::Victim> batch(first,
                                                     first + static_cast<std::ptrdiff_t>(count));
    TRY_ASSIGN(const auto refusals, manifests_.DeleteAll(repository, batch, run.id));
    for (const auto& refusal : refusals) {
      if (refusal) {
        Refuse(*refusal, run);
      } else {
        ++run.expired;
      }
    }
    next += count;
    if (next < victims.size()) pace.Rest();
  }
  return Ok();
}

Result<void> Executor::Untag(const meta::RepositoryKey& repository, const RepositoryPlan& plan,
                             uint32_t position, meta::LifecycleRunRow& run) {
  const Verdict& verdict = plan.verdicts[position];
  const auto tags = TagsToRemove(plan.policies[verdict.policy], verdict, plan.image(position));
  for (const std::string& name : tags) {
    TRY_ASSIGN(const auto tag, oci::Tag::Parse(name));
    auto deleted = manifests_.DeleteTag(repository, tag, {ReasonOf(plan, position), run.id});
    if (deleted.ok()) {
      ++run.untagged;
      continue;
    }
    const Code code = deleted.error().code();
    if (code != Code::kFailedPrecondition && code != Code::kNotFound) return deleted;
    Refuse(deleted.error(), run);
  }
  return Ok();
}

Result<void> Executor::Store(const meta::LifecycleRunRow& run) {
  return store_.db.Write([&](db::Tx& tx) { return meta::PutLifecycleRun(tx, run); });
}

Result<std::string> Executor::RunSome(const std::string& after, Time since,
                                      const std::string& cause) {
  std::vector<std::string> keys;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    keys.clear();
    TRY_ASSIGN(const bool any, meta::AnyLifecyclePolicy(tx));
    if (!any) return Ok();
    TRY_ASSIGN(keys, meta::ListChangedRepositories(tx, since, after, kRepositoriesAPiece));
    return Ok();
  }));
  for (const std::string& text : keys) {
    if (stopping_.load()) return text;
    TRY_ASSIGN(const auto key, meta::RepositoryKey::Parse(text));
    bool quiet = false;
    if (since.micros != 0) {
      TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
        TRY_ASSIGN(quiet, quiet_.IsQuiet(tx, key, store_.clock.Now()));
        return Ok();
      }));
    }
    if (quiet) continue;
    const auto run = Run(key, {cause, ""});
    if (run.ok() || run.error().code() == Code::kNotFound) continue;
    log::Warning(store_.logger, "lifecycle_run_failed")
        .Field("repository", text)
        .Field("error", run.error().ToString());
  }
  if (static_cast<int64_t>(keys.size()) < kRepositoriesAPiece) return std::string();
  return keys.back();
}

}  // namespace gantry::retention
