#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"
#include "meta/repository_key.h"
#include "oci/manifest.h"

// Queries over lifecycle policies, their previews and runs, and what a planner must know of a
// repository.
namespace gantry::meta {

struct LifecyclePolicyRow {
  std::string scope_kind;  // "account", "project", "repository"
  std::string scope_name;  // "" for the account and for the root project
  std::string form;        // "ecr", "cleanup", "harbor"
  std::string body;
  Time updated_at;
  Time last_evaluated_at;  // zero: never
};

// Inserts or replaces by scope and form; last_evaluated_at becomes never.
Result<void> PutLifecyclePolicy(db::Tx& tx, const iam::AccountId& account,
                                const LifecyclePolicyRow& row);
Result<std::optional<LifecyclePolicyRow>> FindLifecyclePolicy(db::Tx& tx,
                                                              const iam::AccountId& account,
                                                              const LifecyclePolicyRow& key);
// Reads scope and form of `key` only. False: there was none.
Result<bool> DeleteLifecyclePolicy(db::Tx& tx, const iam::AccountId& account,
                                   const LifecyclePolicyRow& key);
// Those of a repository, its project and its account, in any order; one of the repository that is
// older than the repository is of a deleted one of its name, and left out.
Result<std::vector<LifecyclePolicyRow>> LifecyclePoliciesFor(db::Tx& tx, const RepositoryKey& key);
Result<bool> AnyLifecyclePolicy(db::Tx& tx);
Result<void> NoteLifecycleEvaluation(db::Tx& tx, const iam::AccountId& account,
                                     const LifecyclePolicyRow& key, Time at);

// A manifest that is not in the trash.
struct LifecycleImage {
  ManifestId id;
  std::string digest;
  std::string subject;  // a digest; "" when it refers to none
  oci::ManifestKind kind = oci::ManifestKind::kUnknown;
  int64_t size = 0;  // of the manifest, its config and its layers
  Time pushed_at;
  Time last_pulled_at;  // zero: never
  Time archived_at;     // zero: never
  Time activated_at;    // zero: never, or archived again since
};
struct LifecycleTag {
  ManifestId manifest;
  std::string name;
};
struct LifecycleChild {
  ManifestId parent;  // can be in the trash
  std::string digest;
};
struct LifecyclePin {
  std::string digest;
  std::string source;
  std::string reason;
  std::string detail;
};
// Everything about the images of one repository, one ordered pass per table: O(images).
struct LifecycleRows {
  std::vector<LifecycleImage> images;    // by digest
  std::vector<LifecycleTag> tags;        // by name
  std::vector<LifecycleChild> children;  // in any order
  std::vector<LifecyclePin> pins;        // in order of digests; expired ones are left out
};
Result<LifecycleRows> ReadLifecycleRows(db::Tx& tx, const RepositoryKey& key,
                                        RepositoryId repository, Time now);

// A blob as the manifests of a repository need it.
struct LifecycleBlob {
  ManifestId manifest;
  BlobId blob;
  int64_t size = 0;
  bool shared = false;  // another repository links it too
};
Result<std::vector<LifecycleBlob>> ReadLifecycleBlobs(db::Tx& tx, RepositoryId repository);

// Notes that images went into the archive.
Result<void> ArchiveImage(db::Tx& tx, RepositoryId repository, const std::string& digest, Time at);

struct LifecyclePreviewRow {
  std::string policy_text;
  bool complete = false;
  std::string fingerprint;
  std::string summary;  // JSON
  Time created_at;
};
// Inserts or replaces, and deletes the pages of the one before.
Result<void> BeginLifecyclePreview(db::Tx& tx, const RepositoryKey& key,
                                   const LifecyclePreviewRow& row);
Result<void> AddLifecyclePreviewPage(db::Tx& tx, const RepositoryKey& key,
                                     const std::string& last_digest, const std::string& images);
Result<void> CompleteLifecyclePreview(db::Tx& tx, const RepositoryKey& key);
Result<std::optional<LifecyclePreviewRow>> FindLifecyclePreview(db::Tx& tx,
                                                                const RepositoryKey& key);
// The page that begins behind `after`; nullopt: there is none.
struct LifecyclePreviewPageRow {
  std::string last_digest;
  std::string images;
};
Result<std::optional<LifecyclePreviewPageRow>> NextLifecyclePreviewPage(db::Tx& tx,
                                                                        const RepositoryKey& key,
                                                                        const std::string& after);

struct LifecycleRunRow {
  RunId id{};
  std::string repository;  // RepositoryKey::text()
  std::string cause;
  std::string status;
  int64_t planned = 0;
  int64_t expired = 0;
  int64_t archived = 0;
  int64_t untagged = 0;
  int64_t refused = 0;
  std::string detail;  // the first refusal or error, for people
  Time started_at;
  Time finished_at;  // zero: not yet
};
// Inserts or replaces.
Result<void> PutLifecycleRun(db::Tx& tx, const LifecycleRunRow& row);
// The latest first, before `before` (none: from the latest), of repositories whose keys begin with
// `prefix` ("000000000000/": of an account).
Result<std::vector<LifecycleRunRow>> ListLifecycleRuns(db::Tx& tx, const std::string& prefix,
                                                       RunId before, int64_t limit);

// Keys of repositories of all accounts that changed at or after `since`, in byte order after
// `after`
// ("" from the start).
Result<std::vector<std::string>> ListChangedRepositories(db::Tx& tx, Time since,
                                                         const std::string& after, int64_t limit);

}  // namespace gantry::meta
