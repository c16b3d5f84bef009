#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "blob/mem/mem_blob_store.h"
#include "core/blobs.h"
#include "core/collector.h"
#include "core/epochs.h"
#include "core/listings.h"
#include "core/manifests.h"
#include "core/scrubber.h"
#include "core/trash.h"
#include "core/uploads.h"
#include "db/migrate.h"
#include "meta/schema.h"

// A whole registry on a database in a temporary folder, blobs in memory and a clock that stands
// still.
namespace gantry::core {

// The value, or a failed test.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().ToString();
    std::abort();
  }
  return std::move(result).value();
}

template <typename T>
std::string ReasonOf(const Result<T>& result) {
  return result.ok() ? "" : std::string(result.error().reason());
}

class CoreTest : public testing::Test {
 protected:
  CoreTest() : CoreTest(Settings{}) {}
  explicit CoreTest(const Settings& settings)
      : folder_(MakeFolder()),
        database_(OpenDatabase(folder_)),
        memory_(clock_),
        store_{*database_, memory_, epochs_, ids_, clock_, logger_, settings},
        manifests_(store_, 1 << 20),
        blobs_(store_),
        uploads_(store_, "key"),
        listings_(store_),
        trash_(store_),
        collector_(store_, trash_, uploads_),
        scrubber_(store_) {}
  ~CoreTest() override {
    database_.reset();
    std::filesystem::remove_all(folder_);
  }

  // A repository of the default account, and of another.
  static meta::RepositoryKey Repo(const std::string& name) { return RepoIn(kAccount, name); }
  static meta::RepositoryKey RepoIn(const iam::AccountId& account, const std::string& name) {
    return {account, Must(oci::RepositoryName::Parse(name))};
  }
  static iam::AccountId Account(const std::string& text) {
    return Must(iam::AccountId::Parse(text));
  }
  static inline const iam::AccountId kAccount = iam::AccountId::Default();

  static oci::Tag Tag(const std::string& name) { return Must(oci::Tag::Parse(name)); }
  static oci::Digest DigestOf(const std::string& bytes) {
    return oci::Digest::Of(oci::Algorithm::kSha256, bytes);
  }

  oci::Digest PushBlob(const meta::RepositoryKey& repository, const std::string& bytes) {
    const std::string id = Must(uploads_.Start(repository, oci::Algorithm::kSha256));
    const auto upload = Must(uploads_.Acquire(repository, id));
    EXPECT_TRUE(upload->Append(bytes).ok());
    const auto digest = DigestOf(bytes);
    EXPECT_EQ(ReasonOf(upload->Commit(digest)), "");
    return digest;
  }

  static std::string DescriptorOf(const std::string& bytes, const std::string& media_type) {
    return R"({"mediaType":")" + media_type + R"(","digest":")" + DigestOf(bytes).text() +
           R"(","size":)" + std::to_string(bytes.size()) + "}";
  }
  // The manifest of an image with config "{}" and these layers.
  static std::string ImageOf(const std::vector<std::string>& layers,
                             const std::string& more_fields = "") {
    std::string body = R"({"schemaVersion":2,"mediaType":")" + std::string(oci::kImageManifest) +
                       R"(","config":)" +
                       DescriptorOf("{}", "application/vnd.oci.image.config.v1+json") +
                       more_fields + R"(,"layers":[)";
    for (size_t i = 0; i < layers.size(); ++i) {
      if (i > 0) body += ',';
      body += DescriptorOf(layers[i], "application/vnd.oci.image.layer.v1.tar");
    }
    return body + "]}";
  }

  Result<PutManifestResult> Put(const meta::RepositoryKey& repository, const std::string& reference,
                                const std::string& body,
                                std::string_view type = oci::kImageManifest) {
    return manifests_.Put(
        repository,
        {Must(oci::ParseReference(reference)), {}, std::nullopt, std::string(type), body});
  }
  // Config, layers and manifest.
  oci::Digest PushImage(const meta::RepositoryKey& repository, const std::string& tag,
                        const std::vector<std::string>& layers) {
    PushBlob(repository, "{}");
    for (const auto& layer : layers) PushBlob(repository, layer);
    return Must(Put(repository, tag, ImageOf(layers))).digest;
  }

  std::string folder_;
  FakeClock clock_;
  Epochs epochs_;
  meta::IdGenerator ids_{clock_};
  log::Logger logger_{2, log::Level::kError};
  std::unique_ptr<db::Db> database_;
  blob::MemBlobStore memory_;
  Store store_;
  Manifests manifests_;
  Blobs blobs_;
  Uploads uploads_;
  Listings listings_;
  Trash trash_;
  Collector collector_;
  Scrubber scrubber_;

 private:
  static std::string MakeFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "gantry-core-XXXXXX").string();
    EXPECT_NE(mkdtemp(path.data()), nullptr);
    return path;
  }
  static std::unique_ptr<db::Db> OpenDatabase(const std::string& folder) {
    db::SqliteOptions options;
    options.path = folder + "/test.db";
    auto database = Must(db::OpenSqlite(options));
    EXPECT_EQ(ReasonOf(db::Migrate(*database, meta::Migrations())), "");
    return database;
  }
};

}  // namespace gantry::core
