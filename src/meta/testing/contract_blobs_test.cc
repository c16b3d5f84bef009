#include <algorithm>

#include "meta/counters.h"
#include "meta/testing/contract.h"

namespace gantry::meta {
namespace {

using Blobs = Contract;

constexpr db::Sql kVerifiedAt{"SELECT verified_at FROM blobs"};
constexpr db::Sql kUnlinkedAt{"SELECT unlinked_at FROM blobs"};

int64_t Sum(db::Tx& tx, Counter counter) { return Must(SumCounter(tx, counter)); }

TEST_P(Blobs, AreFoundByDigest) {
  const oci::Digest digest = DigestOf("x");
  BlobId id;
  Write([&](db::Tx& tx) {
    EXPECT_FALSE(Must(FindBlob(tx, digest)).has_value());
    id = Must(InsertBlob(tx, ids_, digest, 7, BlobState::kPresent, now()));
  });
  Read([&](db::Tx& tx) {
    const auto blob = Must(FindBlob(tx, digest)).value();
    EXPECT_EQ(blob.id, id);
    EXPECT_EQ(blob.digest, digest);
    EXPECT_EQ(blob.size, 7);
    EXPECT_EQ(blob.state, BlobState::kPresent);
    EXPECT_EQ(blob.repository_count, 0);
    EXPECT_FALSE(Must(FindBlob(tx, DigestOf("y"))).has_value());
  });
  EXPECT_EQ(WriteError([&](db::Tx& tx) -> Result<void> {
              TRY(InsertBlob(tx, ids_, digest, 7, BlobState::kPresent, now()));
              return Ok();
            }),
            "already_exists/unique_violation");
}

TEST_P(Blobs, AreCountedWhilePresentOrQuarantined) {
  Write([&](db::Tx& tx) {
    const auto a = Must(InsertBlob(tx, ids_, DigestOf("a"), 100, BlobState::kPresent, now()));
    const auto b = Must(InsertBlob(tx, ids_, DigestOf("b"), 10, BlobState::kRemoving, now()));
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 1);
    EXPECT_EQ(Sum(tx, Counter::kBlobBytes), 100);
    Must(SetBlobState(tx, b, BlobState::kQuarantined));
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 2);
    Must(SetBlobState(tx, b, BlobState::kPresent));
    EXPECT_EQ(Sum(tx, Counter::kBlobBytes), 110);
    Must(SetBlobState(tx, a, BlobState::kRemoving));
    Must(SetBlobState(tx, a, BlobState::kRemoving));
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 1);
    EXPECT_EQ(Sum(tx, Counter::kBlobBytes), 10);
    Must(DeleteBlob(tx, a));
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 1);
    Must(DeleteBlob(tx, b));
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 0);
    EXPECT_EQ(Sum(tx, Counter::kBlobBytes), 0);
  });
  EXPECT_EQ(WriteError([&](db::Tx& tx) { return DeleteBlob(tx, {5}); }), "internal/row_missing");
  EXPECT_EQ(WriteError([&](db::Tx& tx) { return SetBlobState(tx, {5}, BlobState::kPresent); }),
            "internal/row_missing");
}

TEST_P(Blobs, AreNotDeletedWhileLinked) {
  const auto id = PushBlob("a", "x", 5);
  EXPECT_EQ(WriteError([&](db::Tx& tx) { return DeleteBlob(tx, id); }), "internal/row_missing");
}

TEST_P(Blobs, AreReadableOnlyThroughALink) {
  const auto id = PushBlob("a", "x", 5, now() + Hours(1));
  const auto a = EnsureRepo("a");
  const auto b = EnsureRepo("b");
  Read([&](db::Tx& tx) {
    const auto linked = Must(FindLinkedBlob(tx, Key("a"), DigestOf("x"))).value();
    EXPECT_EQ(linked.id, id);
    EXPECT_EQ(linked.size, 5);
    EXPECT_EQ(linked.state, BlobState::kPresent);
    EXPECT_EQ(linked.lease_until, now() + Hours(1));
    EXPECT_EQ(linked.manifest_count, 0);
    EXPECT_EQ(Must(FindLinkedBlob(tx, a, DigestOf("x"))).value().id, id);
    EXPECT_FALSE(Must(FindLinkedBlob(tx, b, DigestOf("x"))).has_value());
    EXPECT_FALSE(Must(FindLinkedBlob(tx, Key("b"), DigestOf("x"))).has_value());
    EXPECT_FALSE(Must(FindLinkedBlob(tx, Key("none"), DigestOf("x"))).has_value());
    EXPECT_FALSE(Must(FindLinkedBlob(tx, a, DigestOf("y"))).has_value());
    EXPECT_EQ(Must(AnyRepositoryOf(tx, kAccount, DigestOf("x"))), Key("a"));
    EXPECT_EQ(Must(AnyRepositoryOf(tx, kAccount, DigestOf("y"))), std::nullopt);
    EXPECT_EQ(Must(AnyRepositoryOf(tx, Account("000000000001"), DigestOf("x"))), std::nullopt);
    EXPECT_FALSE(Must(FindLinkedBlob(tx, KeyIn("000000000001", "a"), DigestOf("x"))).has_value());
  });
}

TEST_P(Blobs, LinksCountOnceAndSharingIsSeenOnBothSides) {
  PushBlob("a", "x", 100);
  PushBlob("a", "x", 100);
  PushBlob("a", "y", 1);
  EXPECT_EQ(Repo("a").counts.blobs, 2);
  EXPECT_EQ(Repo("a").counts.blob_bytes, 101);
  EXPECT_EQ(Repo("a").counts.shared_bytes, 0);
  PushBlob("b", "x", 100);
  EXPECT_EQ(Repo("a").counts.shared_bytes, 100);
  EXPECT_EQ(Repo("b").counts.shared_bytes, 100);
  PushBlob("c", "x", 100);
  EXPECT_EQ(Repo("a").counts.shared_bytes, 100);
  EXPECT_EQ(Repo("c").counts.shared_bytes, 100);
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindBlob(tx, DigestOf("x"))).value().repository_count, 3);
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 2);
  });
}

TEST_P(Blobs, LeasesOnlyGrow) {
  const auto id = PushBlob("a", "x", 5, now() + Hours(2));
  const auto a = EnsureRepo("a");
  const auto lease = [&](db::Tx& tx) {
    return Must(FindLinkedBlob(tx, a, DigestOf("x"))).value().lease_until;
  };
  PushBlob("a", "x", 5, now() + Hours(1));
  Write([&](db::Tx& tx) {
    EXPECT_EQ(lease(tx), now() + Hours(2));
    Must(ExtendLease(tx, a, id, now() + Hours(1)));
    EXPECT_EQ(lease(tx), now() + Hours(2));
    Must(ExtendLease(tx, a, id, now() + Hours(3)));
    EXPECT_EQ(lease(tx), now() + Hours(3));
    Must(LinkBlob(tx, a, id, 5, now() + Hours(4), now()));
    EXPECT_EQ(lease(tx), now() + Hours(4));
  });
}

TEST_P(Blobs, DeletedOnesCanBeRestored) {
  PushBlob("a", "x", 5);
  const TrashId trash = DeleteBlobOf("a", "x");
  Read([&](db::Tx& tx) {
    EXPECT_FALSE(Must(FindLinkedBlob(tx, Key("a"), DigestOf("x"))).has_value());
    EXPECT_FALSE(
        Must(FindLinkedBlob(tx, Must(FindRepositoryId(tx, Key("a"))).value(), DigestOf("x")))
            .has_value());
    EXPECT_EQ(Must(AnyRepositoryOf(tx, kAccount, DigestOf("x"))), std::nullopt);
  });
  EXPECT_EQ(Repo("a").counts.blobs, 1);
  Write([&](db::Tx& tx) {
    EXPECT_TRUE(Must(RestoreBlobLink(tx, trash)));
    EXPECT_FALSE(Must(RestoreBlobLink(tx, trash)));
    EXPECT_TRUE(Must(FindLinkedBlob(tx, Key("a"), DigestOf("x"))).has_value());
    Must(DeleteTrash(tx, trash));
  });
}

TEST_P(Blobs, PushedAgainLeaveTheTrash) {
  PushBlob("a", "x", 5);
  const TrashId trash = DeleteBlobOf("a", "x");
  PushBlob("a", "x", 5, now() + Hours(9));
  Read([&](db::Tx& tx) {
    EXPECT_EQ(Must(FindLinkedBlob(tx, Key("a"), DigestOf("x"))).value().lease_until,
              now() + Hours(9));
    EXPECT_FALSE(Must(FindTrash(tx, trash)).has_value());
  });
  EXPECT_EQ(Repo("a").counts.blobs, 1);
}

TEST_P(Blobs, CollectionTakesWhatNothingNeeds) {
  PushBlob("a", "leased", 1, now() + Hours(1));
  PushBlob("a", "due", 2, now());
  PushImage("a", {"image", {"needed"}, "", "", ""});
  PushBlob("a", "deleted", 4);
  const TrashId trash = DeleteBlobOf("a", "deleted");
  clock_.Advance(Hours(2));
  Write([&](db::Tx& tx) {
    const Garbage garbage = Must(CountGarbage(tx));
    EXPECT_EQ(garbage.links, 2);
    EXPECT_EQ(garbage.link_bytes, 3);
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now() - Hours(2) + Micros(-1), 10)), 0);
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now() - Hours(2), 10)), 1);
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 10)), 1);
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 10)), 0);
    Must(DeleteTrash(tx, trash));
    EXPECT_FALSE(Must(FindLinkedBlob(tx, Key("a"), DigestOf("deleted"))).has_value());
    EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 10)), 1);
    EXPECT_EQ(Must(CountGarbage(tx)).links, 0);
  });
  EXPECT_EQ(Repo("a").counts.blobs, 2);
  EXPECT_EQ(Repo("a").counts.blob_bytes, 20);
}

TEST_P(Blobs, ALinkInTheTrashKeepsItsLeaseUntilThePurge) {
  const auto blob = PushBlob("a", "x", 1);
  const auto repository = EnsureRepo("a");
  const TrashId trash = DeleteBlobOf("a", "x");
  Write([&](db::Tx& tx) {
    Must(RestoreBlobLink(tx, trash));
    EXPECT_EQ(Must(FindLinkedBlob(tx, repository, DigestOf("x"))).value().lease_until,
              now() + Hours(1));
    Must(TrashBlobLink(tx, repository, blob, trash));
  });
}

TEST_P(Blobs, UnlinkingUncountsAndUnshares) {
  PushBlob("a", "x", 100);
  PushBlob("b", "x", 100, now() + Hours(1));
  PushBlob("c", "x", 100, now() + Hours(2));
  PushBlob("c", "y", 7, now() + Hours(3));
  const Time updated = now();
  clock_.Advance(Seconds(1));
  const auto unlink = [&](Time at, int64_t expected) {
    Write([&](db::Tx& tx) { EXPECT_EQ(Must(UnlinkUnneeded(tx, at, 10)), expected); });
  };
  unlink(now(), 1);
  EXPECT_EQ(Repo("a").counts.blobs, 0);
  EXPECT_EQ(Repo("a").counts.blob_bytes, 0);
  EXPECT_EQ(Repo("a").counts.shared_bytes, 0);
  EXPECT_EQ(Repo("b").counts.shared_bytes, 100);
  EXPECT_EQ(Problems(db()), std::vector<std::string>());
  unlink(now() + Hours(1), 1);
  EXPECT_EQ(Repo("c").counts.shared_bytes, 0);
  EXPECT_EQ(Repo("c").counts.blob_bytes, 107);
  EXPECT_EQ(Problems(db()), std::vector<std::string>());
  unlink(now() + Hours(4), 2);
  EXPECT_EQ(Repo("c").counts.blobs, 0);
  EXPECT_EQ(Repo("c").updated_at, updated);
  EXPECT_EQ(Integer({"SELECT MIN(unlinked_at) FROM blobs"}), (now() + Hours(4)).micros);
}

TEST_P(Blobs, UnlinkingManyRepositoriesAtOnceIsExact) {
  for (const char* repository : {"a", "b", "c", "d"}) {
    for (const char* blob : {"x", "y", "z"}) PushBlob(repository, blob, 10);
  }
  Write([&](db::Tx& tx) { EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 7)), 7); });
  EXPECT_EQ(Problems(db()), std::vector<std::string>());
  Write([&](db::Tx& tx) { EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 100)), 5); });
}

TEST_P(Blobs, WithoutRepositoryAreTakenOldestFirst) {
  std::vector<BlobId> inserted;
  for (const char* content : {"one", "two", "three"}) {
    Write([&](db::Tx& tx) {
      const auto state =
          std::string(content) == "two" ? BlobState::kQuarantined : BlobState::kPresent;
      inserted.push_back(Must(InsertBlob(tx, ids_, DigestOf(content), 10, state, now())));
    });
    clock_.Advance(Seconds(1));
  }
  PushBlob("a", "linked", 10);
  Write([&](db::Tx& tx) {
    auto taken = Must(TakeUnlinked(tx, 2));
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[0].id, inserted[0]);
    EXPECT_EQ(taken[0].digest, DigestOf("one"));
    EXPECT_EQ(taken[0].size, 10);
    EXPECT_EQ(taken[0].state, BlobState::kRemoving);
    EXPECT_EQ(taken[1].id, inserted[1]);
    EXPECT_EQ(Must(FindBlob(tx, DigestOf("two"))).value().state, BlobState::kRemoving);
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 2);
    EXPECT_EQ(Sum(tx, Counter::kBlobBytes), 20);
    // A process that stopped before it deleted them finds them again, before the others.
    taken = Must(TakeUnlinked(tx, 10));
    ASSERT_EQ(taken.size(), 3u);
    EXPECT_EQ(taken[2].id, inserted[2]);
    for (const auto& blob : taken) Must(DeleteBlob(tx, blob.id));
    EXPECT_TRUE(Must(TakeUnlinked(tx, 10)).empty());
    EXPECT_EQ(Sum(tx, Counter::kBlobs), 1);
  });
}

TEST_P(Blobs, TakingPutsThoseBeingRemovedBeforeOlderOnes) {
  Write([&](db::Tx& tx) {
    const auto old = Must(InsertBlob(tx, ids_, DigestOf("old"), 1, BlobState::kPresent, now()));
    const auto removing =
        Must(InsertBlob(tx, ids_, DigestOf("new"), 1, BlobState::kRemoving, now() + Seconds(1)));
    const auto taken = Must(TakeUnlinked(tx, 10));
    ASSERT_EQ(taken.size(), 2u);
    EXPECT_EQ(taken[0].id, removing);
    EXPECT_EQ(taken[1].id, old);
  });
}

TEST_P(Blobs, LosingTheLastRepositoryIsDated) {
  PushBlob("a", "x", 1);
  clock_.Advance(Hours(5));
  Write([&](db::Tx& tx) { EXPECT_EQ(Must(UnlinkUnneeded(tx, now(), 10)), 1); });
  EXPECT_EQ(Integer(kUnlinkedAt), now().micros);
}

TEST_P(Blobs, AreListedByDigest) {
  std::vector<std::string> digests;
  for (const char* content : {"a", "b", "c", "d", "e"}) {
    PushBlob("r", content, 3);
    digests.push_back(DigestOf(content).text());
  }
  std::sort(digests.begin(), digests.end());
  std::vector<std::string> listed;
  Read([&](db::Tx& tx) {
    for (std::string after;;) {
      const auto page = Must(ListBlobs(tx, after, 2));
      for (const auto& blob : page) {
        listed.push_back(blob.digest.text());
        EXPECT_EQ(blob.size, 3);
        EXPECT_EQ(blob.repository_count, 1);
      }
      if (page.size() < 2) break;
      after = page.back().digest.text();
    }
  });
  EXPECT_EQ(listed, digests);
}

TEST_P(Blobs, RememberWhenTheyWereVerified) {
  const auto id = PushBlob("a", "x", 1);
  clock_.Advance(Hours(1));
  Write([&](db::Tx& tx) { Must(MarkVerified(tx, id, now())); });
  EXPECT_EQ(Integer(kVerifiedAt), now().micros);
}

INSTANTIATE_TEST_SUITE_P(Meta, Blobs, testing::ValuesIn(Engines()),
                         [](const auto& engine) { return engine.param.name; });

}  // namespace
}  // namespace gantry::meta
