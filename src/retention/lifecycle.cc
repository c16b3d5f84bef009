#include "retention/lifecycle.h"

#include <algorithm>
#include <utility>

#include "core/lookup.h"
#include "meta/lifecycle.h"
#include "meta/repositories.h"
#include "retention/preview.h"
#include "retention/repository_plan.h"

namespace gantry::retention {
namespace {

constexpr size_t kPageImages = 200;  // of a stored preview, in one row
constexpr int kPagesACommit = 5;
constexpr Duration kPreviewLife = Hours(24);
constexpr Duration kPreviewTime = Seconds(300);  // a preview that takes longer was cut off
constexpr size_t kDifferencesMax = 1000;

std::string_view KindName(Scope::Kind kind) {
  switch (kind) {
    case Scope::Kind::kAccount:
      return "account";
    case Scope::Kind::kProject:
      return "project";
    case Scope::Kind::kRepository:
      return "repository";
  }
  return "";
}

meta::LifecyclePolicyRow KeyOf(const Scope& scope, Form form) {
  meta::LifecyclePolicyRow key;
  key.scope_kind = KindName(scope.kind);
  key.scope_name = scope.name;
  key.form = FormName(form);
  return key;
}

Error PolicyUnknown(const Scope& scope) {
  if (scope.kind == Scope::Kind::kRepository) {
    return NotFound("lifecycle_policy_unknown",
                    "Lifecycle policy does not exist for the repository with name '" + scope.name +
                        "' in the registry with id '" + std::string(scope.account.text()) + "'");
  }
  return NotFound("lifecycle_policy_unknown",
                  "there is no such lifecycle policy at this " + std::string(KindName(scope.kind)));
}

// A repository's time of birth; not_found/name_unknown. Zero for other scopes.
Result<Time> BornAt(db::Tx& tx, const Scope& scope) {
  if (scope.kind != Scope::Kind::kRepository) return Time{};
  TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(scope.name));
  const meta::RepositoryKey key(scope.account, name);
  TRY_ASSIGN(const auto repository, meta::FindRepository(tx, key));
  if (!repository) return core::NameUnknown(key);
  return repository->created_at;
}

Result<meta::LifecyclePolicyRow> FindRow(db::Tx& tx, const Scope& scope, Form form) {
  TRY_ASSIGN(const Time born, BornAt(tx, scope));
  TRY_ASSIGN(const auto row, meta::FindLifecyclePolicy(tx, scope.account, KeyOf(scope, form)));
  // An older one is of a deleted repository of that name.
  if (!row || row->updated_at < born) return PolicyUnknown(scope);
  return *row;
}

StoredPolicy Stored(const meta::LifecyclePolicyRow& row, Form form) {
  StoredPolicy stored;
  stored.form = form;
  stored.text = row.body;
  stored.updated_at = row.updated_at;
  stored.last_evaluated_at = row.last_evaluated_at;
  return stored;
}

struct Planned {
  RepositoryPlan plan;
  PreviewSummary summary;
};

Result<Planned> PlanIn(db::Tx& tx, const meta::RepositoryKey& key, const PreviewOptions& options,
                       Time now) {
  TRY_ASSIGN(RepositoryImages repository, ReadRepositoryImages(tx, key, now));
  std::vector<Policy> policies;
  if (options.text) {
    TRY_ASSIGN(Policy policy, ParseEcrPolicy(*options.text));
    policies.push_back(std::move(policy));
  } else {
    TRY_ASSIGN(RepositoryPolicies stored, ReadRepositoryPolicies(tx, key));
    if (stored.policies.empty()) return PolicyUnknown(Scope::Repository(key));
    policies = std::move(stored.policies);
  }
  if (options.as_of) {
    GoBackTo(*options.as_of, repository);
    now = *options.as_of;
  }
  Planned planned{MakePlan(key, std::move(policies), std::move(repository), now), {}};
  TRY_ASSIGN(planned.summary, Summarize(tx, planned.plan));
  return planned;
}

// The images of a plan that a query asks for.
PreviewPage PageOf(const Planned& planned, const PreviewQuery& query) {
  PreviewPage page;
  page.policy_text = planned.plan.policies[0].text;
  page.summary = planned.summary;
  page.fingerprint = planned.plan.fingerprint;
  const auto& images = planned.plan.repository.images;
  for (uint32_t i = 0; i < images.size(); ++i) {
    if (images[i].digest <= query.after) continue;
    PreviewImage shown = MakePreviewImage(planned.plan, i);
    if (!Wanted(query, shown)) continue;
    if (static_cast<int64_t>(page.images.size()) == query.limit) {
      page.more = true;
      break;
    }
    page.images.push_back(std::move(shown));
  }
  return page;
}

bool IsBeingMade(const meta::LifecyclePreviewRow& row, Time now) {
  return !row.complete && now - row.created_at < kPreviewTime;
}

Error PreviewUnknown(const meta::RepositoryKey& key) {
  return NotFound("lifecycle_preview_unknown",
                  "there is no lifecycle policy preview for the repository with name '" +
                      std::string(key.name()) + "' in the registry with id '" +
                      std::string(key.account()) + "'; start one first");
}

}  // namespace

Scope Scope::Account(const iam::AccountId& account) { return {Kind::kAccount, account, ""}; }
Scope Scope::Project(const iam::AccountId& account, std::string name) {
  return {Kind::kProject, account, std::move(name)};
}
Scope Scope::Repository(const meta::RepositoryKey& key) {
  return {Kind::kRepository, key.account_id(), std::string(key.name())};
}

Result<StoredPolicy> Lifecycle::PutPolicy(const Scope& scope, Form form, std::string_view text) {
  if (form != Form::kEcr && scope.kind != Scope::Kind::kProject) {
    return InvalidArgument("lifecycle_form_not_here", "a policy of the form " +
                                                          std::string(FormName(form)) +
                                                          " stands at a project, not at this " +
                                                          std::string(KindName(scope.kind)));
  }
  TRY_ASSIGN(Policy policy, ParsePolicy(form, text));
  meta::LifecyclePolicyRow row = KeyOf(scope, form);
  row.body = std::move(policy.text);
  row.updated_at = store_.clock.Now();
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY(BornAt(tx, scope));
    return meta::PutLifecyclePolicy(tx, scope.account, row);
  }));
  StoredPolicy stored = Stored(row, form);
  stored.warnings = std::move(policy.warnings);
  return stored;
}

Result<StoredPolicy> Lifecycle::GetPolicy(const Scope& scope, Form form) {
  meta::LifecyclePolicyRow found;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, FindRow(tx, scope, form));
    return Ok();
  }));
  StoredPolicy stored = Stored(found, form);
  TRY_ASSIGN(Policy policy, ParsePolicy(form, found.body));
  stored.warnings = std::move(policy.warnings);
  return stored;
}

Result<StoredPolicy> Lifecycle::DeletePolicy(const Scope& scope, Form form) {
  meta::LifecyclePolicyRow found;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(found, FindRow(tx, scope, form));
    TRY(meta::DeleteLifecyclePolicy(tx, scope.account, found));
    return Ok();
  }));
  return Stored(found, form);
}

Result<std::string> Lifecycle::StartPreview(const meta::RepositoryKey& repository,
                                            const std::optional<std::string>& text) {
  const Time now = store_.clock.Now();
  std::optional<Planned> planned;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(planned, PlanIn(tx, repository, {text, std::nullopt}, now));
    return Ok();
  }));
  meta::LifecyclePreviewRow row;
  row.policy_text = planned->plan.policies[0].text;
  row.fingerprint = planned->plan.fingerprint;
  row.summary = WriteSummary(planned->summary);
  row.created_at = now;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto before, meta::FindLifecyclePreview(tx, repository));
    if (before && IsBeingMade(*before, now)) {
      return Error(Code::kConflict, "lifecycle_preview_in_progress",
                   "a lifecycle policy preview of the repository with name '" +
                       std::string(repository.name()) + "' is in progress; try again later");
    }
    return meta::BeginLifecyclePreview(tx, repository, row);
  }));
  const uint32_t count = static_cast<uint32_t>(planned->plan.verdicts.size());
  uint32_t next = 0;
  while (next < count) {  // in short commits, so that pushes need not wait for long
    const uint32_t begin = next;
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      next = begin;
      for (int pages = 0; pages < kPagesACommit && next < count; ++pages) {
        std::vector<PreviewImage> images;
        while (next < count && images.size() < kPageImages) {
          images.push_back(MakePreviewImage(planned->plan, next++));
        }
        TRY(meta::AddLifecyclePreviewPage(tx, repository, images.back().digest,
                                          WriteImages(images)));
      }
      return Ok();
    }));
  }
  TRY(store_.db.Write([&](db::Tx& tx) { return meta::CompleteLifecyclePreview(tx, repository); }));
  return row.policy_text;
}

Result<PreviewPage> Lifecycle::GetPreview(const meta::RepositoryKey& repository,
                                          const PreviewQuery& query) {
  const Time now = store_.clock.Now();
  PreviewPage page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    page = {};
    TRY(core::RequireRepository(tx, repository));
    TRY_ASSIGN(const auto row, meta::FindLifecyclePreview(tx, repository));
    if (!row) return PreviewUnknown(repository);
    page.policy_text = row->policy_text;
    page.fingerprint = row->fingerprint;
    if (!row->complete) {
      page.status = IsBeingMade(*row, now) ? PreviewStatus::kInProgress : PreviewStatus::kFailed;
      return Ok();
    }
    TRY_ASSIGN(page.summary, ReadSummary(row->summary));
    if (now - row->created_at > kPreviewLife) {
      page.status = PreviewStatus::kExpired;
      return Ok();
    }
    std::string after = query.after;
    while (!page.more) {
      TRY_ASSIGN(const auto stored, meta::NextLifecyclePreviewPage(tx, repository, after));
      if (!stored) break;
      after = stored->last_digest;
      TRY_ASSIGN(const auto images, ReadImages(stored->images));
      for (const PreviewImage& image : images) {
        if (image.digest <= query.after || !Wanted(query, image)) continue;
        if (static_cast<int64_t>(page.images.size()) == query.limit) {
          page.more = true;
          break;
        }
        page.images.push_back(image);
      }
    }
    return Ok();
  }));
  return page;
}

Result<PreviewPage> Lifecycle::Preview(const meta::RepositoryKey& repository,
                                       const PreviewOptions& options, const PreviewQuery& query) {
  PreviewPage page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const Planned planned, PlanIn(tx, repository, options, store_.clock.Now()));
    page = PageOf(planned, query);
    return Ok();
  }));
  return page;
}

Result<std::vector<PreviewDifference>> Lifecycle::Compare(const meta::RepositoryKey& repository,
                                                          const std::string& text) {
  const Time now = store_.clock.Now();
  std::vector<PreviewDifference> differences;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    differences.clear();
    TRY_ASSIGN(const RepositoryImages images, ReadRepositoryImages(tx, repository, now));
    TRY_ASSIGN(RepositoryPolicies stored, ReadRepositoryPolicies(tx, repository));
    TRY_ASSIGN(Policy other, ParseEcrPolicy(text));
    const RepositoryPlan before = MakePlan(repository, std::move(stored.policies), images, now);
    const RepositoryPlan after = MakePlan(repository, {std::move(other)}, images, now);
    for (uint32_t i = 0; i < before.verdicts.size(); ++i) {
      if (before.verdicts[i].outcome == after.verdicts[i].outcome) continue;
      differences.push_back({MakePreviewImage(before, i), MakePreviewImage(after, i)});
      if (differences.size() == kDifferencesMax) break;
    }
    return Ok();
  }));
  return differences;
}

}  // namespace gantry::retention
