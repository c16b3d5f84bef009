#include <algorithm>

#include "meta/counters.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

using Manifests = Contract;

TEST_P(Manifests, AreReadByDigestAndByTag) {
  const auto id = PushImage("a/b", {"body\nof it", {"layer"}, "", "application/x", "v1"});
  Read([&](db::Tx& tx) {
    for (const auto& found : {Must(ReadManifest(tx, Key("a/b"), DigestOf("body\nof it"))),
                              Must(ReadTaggedManifest(tx, Key("a/b"), TagNamed("v1")))}) {
      ASSERT_TRUE(found.has_value());
      EXPECT_EQ(found->body, "body\nof it");
      EXPECT_EQ(found->row.id, id);
      EXPECT_EQ(found->row.digest, DigestOf("body\nof it").text());
      EXPECT_EQ(found->row.media_type, oci::kImageManifest);
      EXPECT_EQ(found->row.kind, oci::ManifestKind::kImage);
      EXPECT_EQ(found->row.artifact_type, "application/x");
      EXPECT_EQ(found->row.size, 10);
      EXPECT_EQ(found->row.content_size, 20);
      EXPECT_EQ(found->row.pushed_at, now());
      EXPECT_FALSE(found->row.trash);
    }
    EXPECT_EQ(Must(FindManifest(tx, Key("a/b"), DigestOf("body\nof it"))).value().id, id);
    EXPECT_FALSE(Must(ReadManifest(tx, Key("a"), DigestOf("body\nof it"))).has_value());
    EXPECT_FALSE(Must(ReadManifest(tx, Key("a/b"), DigestOf("other"))).has_value());
    EXPECT_FALSE(Must(ReadTaggedManifest(tx, Key("a/b"), TagNamed("V1"))).has_value());
    EXPECT_FALSE(Must(ReadTaggedManifest(tx, Key("a"), TagNamed("v1"))).has_value());
    EXPECT_FALSE(Must(FindManifest(tx, Key("a"), DigestOf("body\nof it"))).has_value());
  });
  EXPECT_EQ(Repo("a/b").counts.manifests, 1);
  EXPECT_EQ(Repo("a/b").counts.manifest_bytes, 10);
}

TEST_P(Manifests, KeepEveryByteOfTheBody) {
  std::string body(100000, '\0');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7);
  PushImage("a", {body, {}, "", "", "t"});
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(ReadTaggedManifest(tx, Key("a"), TagNamed("t"))).value().body, body);
  });
}

TEST_P(Manifests, BelongToOneRepositoryEach) {
  const auto a = PushImage("a", {"image", {"layer"}, "", "", ""});
  const auto b = PushImage("b", {"image", {"layer"}, "", "", ""});
  EXPECT_NE(a, b);
  Read([&](db::Tx& tx) {
    EXPECT_TRUE(
        Must(ManifestExists(tx, Must(FindRepositoryId(tx, Key("a"))).value(), DigestOf("image"))));
    EXPECT_FALSE(Must(ManifestExists(tx, {12345}, DigestOf("image"))));
    EXPECT_EQ(Must(SumCounter(tx, Counter::kManifests)), 2);
  });
}

TEST_P(Manifests, OfOneDigestAreRefusedTwice) {
  PushImage("a", {"image", {}, "", "", ""});
  const auto repository = EnsureRepo("a");
  oci::Manifest manifest;
  EXPECT_EQ(WriteError([&](db::Tx& tx) -> Result<void> {
              TRY(InsertManifest(
                  tx, ids_, {repository, DigestOf("image"), manifest, "image", {}, {}, now()}));
              return Ok();
            }),
            "already_exists/unique_violation");
}

TEST_P(Manifests, NeedTheirBlobsInTheRepository) {
  const auto blob = PushBlob("other", "layer", 5);
  const auto repository = EnsureRepo("a");
  oci::Manifest manifest;
  EXPECT_EQ(WriteError([&](db::Tx& tx) -> Result<void> {
              TRY(InsertManifest(
                  tx, ids_, {repository, DigestOf("image"), manifest, "image", {blob}, {}, now()}));
              return Ok();
            }),
            "internal/blob_not_linked");
}

TEST_P(Manifests, CountWhatTheyNeed) {
  PushImage("a", {"one", {"shared", "only one"}, "", "", ""});
  PushImage("a", {"two", {"shared"}, "", "", ""});
  PushImage("b", {"one", {"shared"}, "", "", ""});
  const auto a = EnsureRepo("a");
  Read([&](db::Tx& tx) {
    const auto shared = Must(FindLinkedBlob(tx, a, DigestOf("shared"))).value();
    EXPECT_EQ(shared.manifest_count, 2);
    EXPECT_EQ(Must(FindLinkedBlob(tx, a, DigestOf("only one"))).value().manifest_count, 1);
    EXPECT_TRUE(Must(AnyManifestOf(tx, a, shared.id)).has_value());
    EXPECT_EQ(Must(AnyManifestOf(tx, {77}, shared.id)), std::nullopt);
  });
}

TEST_P(Manifests, InTheTrashAreNotThereUntilRestored) {
  const auto id = PushImage("a", {"image", {"layer"}, "", "", "v1"});
  const auto a = EnsureRepo("a");
  const TrashId trash = DeleteImage("a", "image");
  Write([&](db::Tx& tx) {
    EXPECT_FALSE(Must(FindManifest(tx, Key("a"), DigestOf("image"))).has_value());
    EXPECT_FALSE(Must(ReadManifest(tx, Key("a"), DigestOf("image"))).has_value());
    EXPECT_FALSE(Must(ReadTaggedManifest(tx, Key("a"), TagNamed("v1"))).has_value());
    EXPECT_FALSE(Must(ManifestExists(tx, a, DigestOf("image"))));
    const auto row = Must(FindManifestOrTrashed(tx, a, DigestOf("image"))).value();
    EXPECT_EQ(row.trash, trash);
    const auto trashed = Must(ListTrashedManifests(tx, trash));
    ASSERT_EQ(trashed.size(), 1u);
    EXPECT_EQ(trashed[0].id, id);
    // The blobs stay needed, but no manifest that is there needs them.
    const auto layer = Must(FindLinkedBlob(tx, a, DigestOf("layer"))).value();
    EXPECT_EQ(layer.manifest_count, 1);
    EXPECT_EQ(Must(AnyManifestOf(tx, a, layer.id)), std::nullopt);
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now() + Hours(100), 10)), 0);
    // A second time changes nothing.
    Must(TrashManifest(tx, a, row, {1}, now()));
    EXPECT_EQ(Must(SumCounter(tx, Counter::kManifests)), 0);
  });
  EXPECT_EQ(Repo("a").counts.manifests, 0);
  EXPECT_EQ(Repo("a").counts.manifest_bytes, 0);
  EXPECT_EQ(Repo("a").counts.tags, 0);
  EXPECT_EQ(Repo("a").counts.blobs, 2);
  Restore(trash);
  EXPECT_EQ(Repo("a").counts.manifests, 1);
  EXPECT_EQ(Repo("a").counts.manifest_bytes, 5);
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(ReadTaggedManifest(tx, Key("a"), TagNamed("v1"))).value().row.id, id);
    EXPECT_TRUE(Must(ListTrashedManifests(tx, trash)).empty());
  });
}

TEST_P(Manifests, RestoringBringsDeletedBlobsBack) {
  PushImage("a", {"image", {"layer"}, "", "", ""});
  const TrashId manifest = DeleteImage("a", "image");
  const TrashId blob = DeleteBlobOf("a", "layer");
  Restore(manifest);
  Read([&](db::Tx& tx) {
    EXPECT_TRUE(Must(FindLinkedBlob(tx, Key("a"), DigestOf("layer"))).has_value());
    EXPECT_FALSE(Must(FindTrash(tx, blob)).has_value());
  });
}

TEST_P(Manifests, PushedAgainLeaveNoEmptyDeletionBehind) {
  PushImage("a", {"image", {}, "", "", ""});
  PushImage("a", {"tagged", {}, "", "", "v1"});
  const TrashId empty = DeleteImage("a", "image");
  const TrashId with_tag = DeleteImage("a", "tagged");
  const auto a = EnsureRepo("a");
  Write([&](db::Tx& tx) {
    for (const char* content : {"image", "tagged"}) {
      const auto row = Must(FindManifestOrTrashed(tx, a, DigestOf(content))).value();
      Must(RestoreManifest(tx, a, row, now()));
    }
    EXPECT_FALSE(Must(FindTrash(tx, empty)).has_value());
    EXPECT_TRUE(Must(FindTrash(tx, with_tag)).has_value());
  });
}

TEST_P(Manifests, ArePurgedWithEverythingOfTheirs) {
  PushImage("a", {"image", {"layer", "shared"}, "", "", "v1"});
  PushImage("a", {"stays", {"shared"}, "", "", ""});
  PushIndex("a", "index", {"image", "stays", "image"});
  const auto a = EnsureRepo("a");
  TrashId tag;
  Write([&](db::Tx& tx) {
    tag = NewTrash(tx, "a", TrashKind::kTag, "v1");
    EXPECT_EQ(Must(TrashTag(tx, a, TagNamed("v1"), tag, now())), 1);
  });
  const ManifestRow row = Manifest("a", "image");
  EXPECT_EQ(WriteError([&](db::Tx& tx) { return PurgeManifest(tx, a, row.id, now()); }),
            "internal/row_missing");
  const TrashId image = DeleteImage("a", "image");
  const TrashId index = DeleteImage("a", "index");
  Purge(index);
  Purge(image, now() + Hours(3));
  Read([&](db::Tx& tx) {
    EXPECT_FALSE(Must(FindManifestOrTrashed(tx, a, DigestOf("image"))).has_value());
    // The deletion of its tag has nothing left to restore.
    EXPECT_FALSE(Must(FindTrash(tx, tag)).has_value());
    const auto layer = Must(FindLinkedBlob(tx, a, DigestOf("layer"))).value();
    EXPECT_EQ(layer.manifest_count, 0);
    EXPECT_EQ(layer.lease_until, now() + Hours(3));
    const auto shared = Must(FindLinkedBlob(tx, a, DigestOf("shared"))).value();
    EXPECT_EQ(shared.manifest_count, 1);
    EXPECT_EQ(shared.lease_until, Time{});
  });
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_bodies"}), 1);
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_children"}), 0);
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_blobs"}), 2);
}

TEST_P(Manifests, APurgeNeverShortensALease) {
  PushImage("a", {"image", {"layer"}, "", "", ""});
  PushBlob("a", "layer", 10, now() + Hours(8));
  Purge(DeleteImage("a", "image"), now() + Hours(3));
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindLinkedBlob(tx, Key("a"), DigestOf("layer"))).value().lease_until,
              now() + Hours(8));
  });
}

TEST_P(Manifests, AreKnownToTheIndexesThatListThem) {
  PushImage("a", {"child", {}, "", "", ""});
  PushIndex("a", "index", {"child", "missing"});
  const auto a = EnsureRepo("a");
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(AnyIndexOf(tx, a, DigestOf("child"))), DigestOf("index").text());
    EXPECT_EQ(Must(AnyIndexOf(tx, a, DigestOf("missing"))), DigestOf("index").text());
    EXPECT_EQ(Must(AnyIndexOf(tx, a, DigestOf("index"))), std::nullopt);
    EXPECT_EQ(Must(AnyIndexOf(tx, {9}, DigestOf("child"))), std::nullopt);
  });
  DeleteImage("a", "index");
  Read([&](db::Tx& tx) { EXPECT_EQ(Must(AnyIndexOf(tx, a, DigestOf("child"))), std::nullopt); });
}

TEST_P(Manifests, ReferrersAreListedByDigestAndType) {
  std::vector<std::string> all;
  std::vector<std::string> signatures;
  for (int i = 0; i < 9; ++i) {
    const std::string content = "referrer " + std::to_string(i);
    const bool signature = i % 3 == 0;
    PushImage("a", {content, {}, "subject", signature ? "type/signature" : "type/sbom", ""});
    all.push_back(DigestOf(content).text());
    if (signature) signatures.push_back(DigestOf(content).text());
  }
  PushImage("a", {"of another", {}, "another subject", "type/sbom", ""});
  PushImage("b", {"elsewhere", {}, "subject", "type/sbom", ""});
  PushImage("a", {"deleted", {}, "subject", "type/sbom", ""});
  DeleteImage("a", "deleted");
  std::sort(all.begin(), all.end());
  std::sort(signatures.begin(), signatures.end());
  const auto list = [&](const std::string& type, int64_t limit) {
    std::vector<std::string> listed;
    Read([&](db::Tx& tx) {
      for (std::string after;;) {
        const auto page =
            Must(ListReferrers(tx, Key("a"), DigestOf("subject"), type, after, limit));
        for (const auto& row : page) listed.push_back(row.digest);
        if (static_cast<int64_t>(page.size()) < limit) break;
        after = page.back().digest;
      }
    });
    return listed;
  };
  EXPECT_EQ(list("", 2), all);
  EXPECT_EQ(list("", 100), all);
  EXPECT_EQ(list("type/signature", 2), signatures);
  EXPECT_TRUE(list("type/none", 2).empty());
  Read([&](db::Tx& tx) {
    const auto page = Must(ListReferrers(tx, Key("a"), DigestOf("another subject"), "", "", 10));
    ASSERT_EQ(page.size(), 1u);
    EXPECT_EQ(page[0].media_type, oci::kImageManifest);
    EXPECT_EQ(page[0].artifact_type, "type/sbom");
    EXPECT_EQ(page[0].size, 10);
    EXPECT_EQ(page[0].annotations, "{\"content\":\"of another\"}");
    EXPECT_TRUE(Must(ListReferrers(tx, Key("none"), DigestOf("subject"), "", "", 10)).empty());
  });
}

TEST_P(Manifests, WantedBlobsBecomeReferencesWhenTheyCome) {
  const auto a = EnsureRepo("a");
  oci::Manifest manifest;
  const std::vector<std::string> wanted = {DigestOf("late").text(), DigestOf("never").text()};
  for (const char* content : {"one", "two"}) {
    Write([&](db::Tx& tx) {
      Must(InsertManifest(tx, ids_, {a, DigestOf(content), manifest, content, {}, wanted, now()}));
    });
  }
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_wanted_blobs"}), 4);
  PushBlob("b", "late", 10);
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_wanted_blobs"}), 4);
  PushBlob("a", "late", 10);
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_wanted_blobs"}), 2);
  Write([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindLinkedBlob(tx, a, DigestOf("late"))).value().manifest_count, 2);
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 10)), 1);  // the link of b
  });
  Purge(DeleteImage("a", "one"));
  EXPECT_EQ(Integer({"SELECT COUNT(*) FROM manifest_wanted_blobs"}), 1);
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindLinkedBlob(tx, a, DigestOf("late"))).value().manifest_count, 1);
  });
}

TEST_P(Manifests, WantedBlobsThatAreLinkedAreReferenced) {
  check_at_end_ = false;  // a manifest that needs a deleted blob is a finding
  PushBlob("a", "deleted", 10);
  DeleteBlobOf("a", "deleted");
  const auto a = EnsureRepo("a");
  oci::Manifest manifest;
  const std::vector<std::string> wanted = {DigestOf("deleted").text()};
  Write([&](db::Tx& tx) {
    Must(InsertManifest(tx, ids_, {a, DigestOf("m"), manifest, "m", {}, wanted, now()}));
  });
  PushBlob("a", "deleted", 10);
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindLinkedBlob(tx, a, DigestOf("deleted"))).value().manifest_count, 1);
  });
  EXPECT_EQ(Problems(db()), std::vector<std::string>());
}

INSTANTIATE_TEST_SUITE_P(Meta, Manifests, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
