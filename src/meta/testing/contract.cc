#include "meta/testing/contract.h"

#include "db/migrate.h"
#include "meta/query.h"
#include "meta/schema.h"

namespace gantry::meta {
namespace {

constexpr int64_t kBlobSize = 10;

std::string WithoutReferences(std::string script) {
  constexpr std::string_view kReferences = " REFERENCES ";
  for (size_t at = script.find(kReferences); at != script.npos; at = script.find(kReferences)) {
    const size_t end = script.find(')', at) + 1;
    // A constraint of the table goes with the comma before it, one of a column alone.
    const size_t line = script.rfind('\n', at);
    const bool of_table = script.find("FOREIGN KEY", line) < at;
    const size_t begin = of_table ? script.rfind(',', line) : at;
    script.erase(begin, end - begin);
  }
  return script;
}

}  // namespace

iam::AccountId Account(const std::string& text) { return Must(iam::AccountId::Parse(text)); }
RepositoryKey Key(const std::string& name) { return KeyIn("000000000000", name); }
RepositoryKey KeyIn(const std::string& account, const std::string& name) {
  return {Account(account), Must(oci::RepositoryName::Parse(name))};
}
oci::Tag TagNamed(const std::string& text) { return Must(oci::Tag::Parse(text)); }
oci::Digest DigestOf(const std::string& content) {
  return oci::Digest::Of(oci::Algorithm::kSha256, content);
}

oci::Descriptor DescriptorOf(const std::string& content, int64_t size) {
  return {
      "application/octet-stream", DigestOf(content), size, "", {}, std::nullopt, std::nullopt, {}};
}

std::vector<std::string> Problems(db::Db& db) {
  std::vector<std::string> problems;
  for (const Finding& finding : Must(CheckConsistency(db))) {
    if (finding.information) continue;
    problems.push_back(finding.what + ": " + finding.subject + ": " + finding.detail);
  }
  return problems;
}

void Contract::SetUp() { Open(); }

void Contract::Open(bool references) {
  database_.db.reset();  // before what it stands on
  database_ = GetParam().open();
  std::vector<std::string> scripts;
  std::vector<db::Migration> steps;
  for (const db::Migration& step : Migrations()) {
    scripts.push_back(references ? step.script : WithoutReferences(step.script));
  }
  for (const db::Migration& step : Migrations()) {
    steps.push_back({step.version, step.name, scripts[steps.size()].c_str()});
  }
  Must(db::Migrate(db(), steps));
}

void Contract::TearDown() {
  if (!check_at_end_) return;
  EXPECT_EQ(Problems(db()), std::vector<std::string>());
}

void Contract::Write(const std::function<void(db::Tx&)>& body) {
  Must(db().Write([&](db::Tx& tx) {
    body(tx);
    return Ok();
  }));
}

void Contract::Read(const std::function<void(db::Tx&)>& body) {
  Must(db().Read([&](db::Tx& tx) {
    body(tx);
    return Ok();
  }));
}

std::string Contract::WriteError(const std::function<Result<void>(db::Tx&)>& body) {
  return ErrorOf(db().Write([&](db::Tx& tx) { return body(tx); }));
}

int64_t Contract::Integer(const db::Sql& sql) {
  int64_t value = 0;
  Read([&](db::Tx& tx) { value = Must(QueryInteger(tx, sql, {})); });
  return value;
}

RepositoryId Contract::EnsureRepo(const std::string& name) {
  RepositoryId id;
  Write([&](db::Tx& tx) { id = Must(EnsureRepository(tx, ids_, Key(name), now())); });
  return id;
}

Repository Contract::Repo(const std::string& name) {
  std::optional<Repository> found;
  Read([&](db::Tx& tx) { found = Must(FindRepository(tx, Key(name))); });
  return found.value();
}

BlobId Contract::PushBlob(const std::string& repository, const std::string& content, int64_t size,
                          Time lease_until) {
  BlobId id;
  Write([&](db::Tx& tx) {
    const oci::Digest digest = DigestOf(content);
    const auto existing = Must(FindBlob(tx, digest));
    id = existing ? existing->id
                  : Must(InsertBlob(tx, ids_, digest, size, BlobState::kPresent, now()));
    const auto repo = Must(EnsureRepository(tx, ids_, Key(repository), now()));
    Must(LinkBlob(tx, repo, id, size, lease_until, now()));
  });
  return id;
}

ManifestId Contract::PushImage(const std::string& repository, const Image& image) {
  std::vector<std::string> contents = image.layers;
  contents.push_back("config of " + image.content);
  std::vector<BlobId> blobs;
  for (const auto& content : contents) blobs.push_back(PushBlob(repository, content, kBlobSize));

  oci::Manifest manifest;
  manifest.kind = oci::ManifestKind::kImage;
  manifest.media_type = oci::kImageManifest;
  manifest.artifact_type = image.artifact_type;
  manifest.config = DescriptorOf(contents.back(), kBlobSize);
  for (const auto& layer : image.layers) manifest.layers.push_back(DescriptorOf(layer, kBlobSize));
  if (!image.subject.empty()) manifest.subject = DescriptorOf(image.subject, 1);
  manifest.annotations = {{"content", image.content}};

  ManifestId id;
  const oci::Digest digest = DigestOf(image.content);
  const auto repo = EnsureRepo(repository);
  Write([&](db::Tx& tx) {
    id = Must(InsertManifest(tx, ids_, {repo, digest, manifest, image.content, blobs, {}, now()}));
    if (!image.tag.empty()) Must(SetTag(tx, repo, TagNamed(image.tag), id, now()));
  });
  return id;
}

ManifestId Contract::PushIndex(const std::string& repository, const std::string& content,
                               const std::vector<std::string>& children) {
  oci::Manifest manifest;
  manifest.kind = oci::ManifestKind::kIndex;
  manifest.media_type = oci::kImageIndex;
  for (const auto& child : children) manifest.manifests.push_back(DescriptorOf(child, 1));
  ManifestId id;
  const oci::Digest digest = DigestOf(content);
  const auto repo = EnsureRepo(repository);
  Write([&](db::Tx& tx) {
    id = Must(InsertManifest(tx, ids_, {repo, digest, manifest, content, {}, {}, now()}));
  });
  return id;
}

ManifestRow Contract::Manifest(const std::string& repository, const std::string& content) {
  std::optional<ManifestRow> found;
  const auto repo = EnsureRepo(repository);
  Read([&](db::Tx& tx) { found = Must(FindManifestOrTrashed(tx, repo, DigestOf(content))); });
  return found.value();
}

TrashId Contract::NewTrash(db::Tx& tx, const std::string& repository, TrashKind kind,
                           const std::string& subject) {
  TrashEntry entry;
  entry.repository = Must(FindRepositoryId(tx, Key(repository))).value();
  entry.kind = kind;
  entry.subject = subject;
  entry.reason = "test";
  entry.deleted_at = now();
  entry.purge_at = now() + Hours(1);
  return Must(InsertTrash(tx, ids_, entry));
}

TrashId Contract::DeleteImage(const std::string& repository, const std::string& content) {
  const ManifestRow row = Manifest(repository, content);
  const auto repo = EnsureRepo(repository);
  TrashId trash;
  Write([&](db::Tx& tx) {
    trash = NewTrash(tx, repository, TrashKind::kManifest, row.digest);
    Must(TrashTagsOf(tx, repo, row.id, trash, now()));
    Must(TrashManifest(tx, repo, row, trash, now()));
  });
  return trash;
}

TrashId Contract::DeleteBlobOf(const std::string& repository, const std::string& content) {
  const auto repo = EnsureRepo(repository);
  TrashId trash;
  Write([&](db::Tx& tx) {
    const auto blob = Must(FindLinkedBlob(tx, repo, DigestOf(content))).value();
    trash = NewTrash(tx, repository, TrashKind::kBlob, DigestOf(content).text());
    Must(TrashBlobLink(tx, repo, blob.id, trash));
  });
  return trash;
}

TrashId Contract::DeleteRepo(const std::string& repository) {
  TrashId trash;
  Write([&](db::Tx& tx) {
    const auto id = Must(FindRepositoryId(tx, Key(repository))).value();
    trash = NewTrash(tx, repository, TrashKind::kRepository, repository);
    Must(TrashRepository(tx, id, trash, ids_.Next<RunId>(), now()));
  });
  return trash;
}

void Contract::Restore(TrashId id) {
  Write([&](db::Tx& tx) {
    const auto entry = Must(FindTrash(tx, id)).value();
    Must(ReviveRepository(tx, entry.repository, now()));
    if (entry.kind == TrashKind::kBlob) Must(RestoreBlobLink(tx, id));
    for (const auto& manifest : Must(ListTrashedManifests(tx, id))) {
      Must(RestoreManifest(tx, entry.repository, manifest, now()));
    }
    for (const auto& tag : Must(ListTrashedTags(tx, id))) {
      Must(SetTag(tx, entry.repository, TagNamed(tag.name), tag.manifest, now()));
    }
    Must(DeleteTrashedTags(tx, id));
    Must(DeleteTrash(tx, id));
  });
}

void Contract::Purge(TrashId id, Time lease_until) {
  Write([&](db::Tx& tx) {
    const auto entry = Must(FindTrash(tx, id)).value();
    Must(DeleteTrashedTags(tx, id));
    for (const auto& manifest : Must(ListTrashedManifests(tx, id))) {
      Must(PurgeManifest(tx, entry.repository, manifest.id, lease_until));
    }
    Must(DeleteTrash(tx, id));
  });
}

}  // namespace gantry::meta
