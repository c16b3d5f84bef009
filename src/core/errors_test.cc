// A lookup has three outcomes: there, not there, error (invariant 4). Here every statement of every
// lookup fails once, and no answer may be "not there", nor success.

#include "core/testing.h"
#include "core/testing_failures.h"

namespace gantry::core {
namespace {

bool Anything(const meta::RepositoryKey&) { return true; }

// What an operation on a registry without caches said: the reason of its error, or "".
using Operation = FunctionRef<std::string(const Store& store)>;

class ErrorsTest : public CoreTest {
 protected:
  ErrorsTest() { PushImage(repo_, "v1", {"layer"}); }

  // `expected` is the answer while everything works.
  void ExpectOnlyErrors(const std::string& what, const std::string& expected, Operation operation) {
    for (int statements = 0; statements < 100; ++statements) {
      db_.BreakAfter(statements);
      const std::string reason = operation(breaking_);
      if (!db_.broken()) {
        EXPECT_EQ(reason, expected) << what;
        EXPECT_GT(statements, 0) << what << " asks no database";
        return;
      }
      EXPECT_EQ(reason, "database_unavailable") << what << ", statement " << statements;
    }
    FAIL() << what << " does not end";
  }

  static oci::Reference Reference(const std::string& text) {
    return Must(oci::ParseReference(text));
  }
  std::string PutReason(const Store& store, const std::string& body) {
    const PutManifest put = {
        Reference("v2"), {}, std::nullopt, std::string(oci::kImageManifest), body};
    return ReasonOf(Manifests(store, 0).Put(repo_, put));
  }

  const meta::RepositoryKey repo_ = Repo("app");
  const oci::Digest layer_ = DigestOf("layer");
  const oci::Digest absent_ = DigestOf("absent");
  BreakingDb db_{*database_};
  BreakingBlobStore breaking_blobs_{memory_};
  Store breaking_{db_, breaking_blobs_, epochs_, ids_, clock_, logger_, {}};
};

TEST_F(ErrorsTest, OfTheDatabaseForBlobs) {
  const auto open = [&](const meta::RepositoryKey& repository, const oci::Digest& digest) {
    return [&](const Store& store) { return ReasonOf(Blobs(store).Open(repository, digest)); };
  };
  ExpectOnlyErrors("open", "", open(repo_, layer_));
  ExpectOnlyErrors("open, absent", "blob_unknown", open(repo_, absent_));
  ExpectOnlyErrors("open, no repository", "name_unknown", open(Repo("none"), layer_));
  const auto loose = PushBlob(repo_, "loose");
  clock_.Advance(Hours(13));  // so that the lease is renewed
  ExpectOnlyErrors("stat", "",
                   [&](const Store& store) { return ReasonOf(Blobs(store).Stat(repo_, loose)); });
  ExpectOnlyErrors("stat, absent", "blob_unknown",
                   [&](const Store& store) { return ReasonOf(Blobs(store).Stat(repo_, absent_)); });
  ExpectOnlyErrors("delete, absent", "blob_unknown", [&](const Store& store) {
    return ReasonOf(Blobs(store).Delete(repo_, absent_, "test"));
  });
  ExpectOnlyErrors("delete, needed", "blob_referenced", [&](const Store& store) {
    return ReasonOf(Blobs(store).Delete(repo_, layer_, "test"));
  });
}

TEST_F(ErrorsTest, OfTheDatabaseForMounts) {
  const auto mount = [&](const oci::Digest& digest,
                         const std::optional<meta::RepositoryKey>& from) {
    return [&](const Store& store) -> std::string {
      const auto mounted = Blobs(store).Mount(Repo("other"), digest, from, Anything);
      return !mounted.ok() ? ReasonOf(mounted) : *mounted ? "mounted" : "none";
    };
  };
  ExpectOnlyErrors("absent", "none", mount(absent_, repo_));
  ExpectOnlyErrors("absent, from anywhere", "none", mount(absent_, std::nullopt));
  ExpectOnlyErrors("there", "mounted", mount(layer_, repo_));
  ExpectOnlyErrors("there, from anywhere", "mounted", mount(layer_, std::nullopt));
}

TEST_F(ErrorsTest, OfTheDatabaseForManifests) {
  const auto get = [&](const std::string& reference) {
    return [&, reference](const Store& store) {
      return ReasonOf(Manifests(store, 0).Get(repo_, Reference(reference)));
    };
  };
  ExpectOnlyErrors("tag", "", get("v1"));
  ExpectOnlyErrors("digest", "", get(DigestOf(ImageOf({"layer"})).text()));
  ExpectOnlyErrors("absent tag", "manifest_unknown", get("v9"));
  ExpectOnlyErrors("absent digest", "manifest_unknown", get(absent_.text()));
  ExpectOnlyErrors("put without its layer", "manifest_blob_unknown",
                   [&](const Store& store) { return PutReason(store, ImageOf({"absent"})); });
  PushBlob(repo_, "second");
  ExpectOnlyErrors("put", "", [&](const Store& store) {
    return PutReason(store, ImageOf({"layer", "second"}));
  });
  ExpectOnlyErrors("delete of an absent tag", "manifest_unknown", [&](const Store& store) {
    return ReasonOf(Manifests(store, 0).DeleteTag(repo_, Must(oci::Tag::Parse("v9")), "test"));
  });
  ExpectOnlyErrors("delete of an absent manifest", "manifest_unknown", [&](const Store& store) {
    return ReasonOf(Manifests(store, 0).DeleteManifest(repo_, absent_, "test"));
  });
  ExpectOnlyErrors("delete", "", [&](const Store& store) {
    return ReasonOf(Manifests(store, 0).DeleteTag(repo_, Must(oci::Tag::Parse("v1")), "test"));
  });
}

TEST_F(ErrorsTest, OfTheDatabaseForLists) {
  ExpectOnlyErrors("tags", "", [&](const Store& store) {
    return ReasonOf(Listings(store).TagNames(repo_, "", 10));
  });
  ExpectOnlyErrors("tags, no repository", "name_unknown", [&](const Store& store) {
    return ReasonOf(Listings(store).TagNames(Repo("none"), "", 10));
  });
  ExpectOnlyErrors("referrers", "", [&](const Store& store) {
    return ReasonOf(Listings(store).Referrers(repo_, absent_, "", "", 10));
  });
}

TEST_F(ErrorsTest, OfTheBlobStore) {
  breaking_blobs_.Break(true);
  db_.BreakAfter(1 << 20);
  EXPECT_EQ(ReasonOf(Blobs(breaking_).Open(repo_, layer_)), "store_unavailable");
  const std::string upload = Must(uploads_.Start(repo_, oci::Algorithm::kSha256));
  EXPECT_TRUE(Must(uploads_.Acquire(repo_, upload))->Append("half").ok());
  EXPECT_EQ(ReasonOf(Uploads(breaking_, "key").Acquire(repo_, upload)), "store_unavailable");
}

TEST_F(ErrorsTest, AStoreThatCannotBeReadIsNotDamaged) {
  breaking_blobs_.Break(true);
  db_.BreakAfter(1 << 20);
  EXPECT_EQ(ReasonOf(Scrubber(breaking_).Check({})), "store_unavailable");
  breaking_blobs_.Break(false);
  EXPECT_EQ(ReasonOf(Blobs(breaking_).Open(repo_, layer_)), "");
  EXPECT_EQ(Must(Scrubber(breaking_).Check({})).damaged, 0);
}

}  // namespace
}  // namespace gantry::core
