#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "db/db.h"
#include "meta/blobs.h"
#include "meta/consistency.h"
#include "meta/manifests.h"
#include "meta/repositories.h"
#include "meta/tags.h"
#include "meta/trash.h"

// The contract of this folder, run against every engine with the same code: the fixture of the
// contract_*_test.cc files. After each test the tables must agree with each other.
namespace gantry::meta {

// A new, empty database. `keep` holds what must outlive it (a folder, a server).
struct TestDatabase {
  std::shared_ptr<void> keep;
  std::unique_ptr<db::Db> db;
};

struct Engine {
  std::string name;
  std::function<TestDatabase()> open;
};

// How GoogleTest shows the parameter of a test.
inline void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

// All engines that the tests run on.
std::vector<Engine> Engines();

// The value, or the test fails here.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().ToString());
  return std::move(result).value();
}
inline void Must(Result<void> result) {
  if (!result.ok()) throw std::runtime_error(result.error().ToString());
}

iam::AccountId Account(const std::string& text);
inline const iam::AccountId kAccount = iam::AccountId::Default();
// A repository of the default account, and of another.
RepositoryKey Key(const std::string& name);
RepositoryKey KeyIn(const std::string& account, const std::string& name);
oci::Tag TagNamed(const std::string& text);
// The digest of `content`.
oci::Digest DigestOf(const std::string& content);
// A descriptor of a blob with that content, `size` bytes as declared.
oci::Descriptor DescriptorOf(const std::string& content, int64_t size);

// What is wrong in the database, one line each; information left out.
std::vector<std::string> Problems(db::Db& db);

// "code/reason" of an error, "" of success.
template <typename T>
std::string ErrorOf(const Result<T>& result) {
  if (result.ok()) return "";
  return std::string(CodeName(result.error().code())) + "/" + std::string(result.error().reason());
}

class Contract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // A new database in place of the one before. Without `references`, its tables do not refuse rows
  // that refer to nothing.
  void Open(bool references = true);

  // Runs `body` in one transaction; it may run more than once.
  void Write(const std::function<void(db::Tx&)>& body);
  void Read(const std::function<void(db::Tx&)>& body);
  // The error of one call in a transaction of its own, which is rolled back.
  std::string WriteError(const std::function<Result<void>(db::Tx&)>& body);
  int64_t Integer(const db::Sql& sql);

  RepositoryId EnsureRepo(const std::string& name);
  Repository Repo(const std::string& name);
  // Stores a blob of `size` bytes if there is none and links it until `lease_until`.
  BlobId PushBlob(const std::string& repository, const std::string& content, int64_t size,
                  Time lease_until = {});
  // An image with a config and layers of 10 bytes each, which are pushed first.
  struct Image {
    std::string content;  // the body, whose digest it has
    std::vector<std::string> layers;
    std::string subject;  // the content of another manifest, or ""
    std::string artifact_type;
    std::string tag;
  };
  ManifestId PushImage(const std::string& repository, const Image& image);
  // An index that lists the manifests with these contents.
  ManifestId PushIndex(const std::string& repository, const std::string& content,
                       const std::vector<std::string>& children);
  ManifestRow Manifest(const std::string& repository, const std::string& content);
  TrashId NewTrash(db::Tx& tx, const std::string& repository, TrashKind kind,
                   const std::string& subject);
  // As the registry does: tags too.
  TrashId DeleteImage(const std::string& repository, const std::string& content);
  TrashId DeleteBlobOf(const std::string& repository, const std::string& content);
  TrashId DeleteRepo(const std::string& repository);
  void Restore(TrashId id);
  void Purge(TrashId id, Time lease_until = {});

  db::Db& db() { return *database_.db; }
  Time now() const { return clock_.Now(); }

  FakeClock clock_;
  IdGenerator ids_{clock_};
  // Tests that break the database on purpose set this to false.
  bool check_at_end_ = true;

 private:
  TestDatabase database_;
};

}  // namespace gantry::meta
