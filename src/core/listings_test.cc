#include "core/listings.h"

#include <algorithm>

#include "core/testing.h"

namespace gantry::core {
namespace {

using Names = std::vector<std::string>;

class ListingsTest : public CoreTest {
 protected:
  Names NamesOf(const TagQuery& query, bool* more = nullptr) {
    const auto listing = Must(listings_.Tags(Repo("app"), query));
    if (more != nullptr) *more = listing.next.has_value();
    Names names;
    for (const auto& tag : listing.items) names.push_back(tag.name);
    return names;
  }
  std::string Signature(const oci::Digest& subject, const std::string& type) {
    return ImageOf(
        {},
        R"(,"artifactType":")" + type +
            R"(","subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" +
            subject.text() + R"(","size":2})");
  }
};

TEST_F(ListingsTest, TagsByName) {
  for (const char* tag : {"b", "a", "C", "a-1"}) PushImage(Repo("app"), tag, {});
  const auto first = Must(listings_.TagNames(Repo("app"), "", 3));
  EXPECT_EQ(first.items, (Names{"C", "a", "a-1"}));
  EXPECT_TRUE(first.more);
  EXPECT_EQ(Must(listings_.TagNames(Repo("app"), "a-0", 3)).items, (Names{"a-1", "b"}));
  EXPECT_TRUE(Must(listings_.TagNames(Repo("app"), "", 0)).items.empty());
  EXPECT_EQ(ReasonOf(listings_.TagNames(Repo("none"), "", 3)), "name_unknown");
}

TEST_F(ListingsTest, TagsByTimeAndPattern) {
  for (const char* tag : {"v1", "sha-9", "v2", "v10"}) {
    PushImage(Repo("app"), tag, {tag});
    clock_.Advance(Seconds(1));
  }
  TagQuery query;
  query.page.limit = 10;
  query.page.order = meta::TagOrder::kTime;
  EXPECT_EQ(NamesOf(query), (Names{"v1", "sha-9", "v2", "v10"}));
  query.page.descending = true;
  query.glob = "v*";
  EXPECT_EQ(NamesOf(query), (Names{"v10", "v2", "v1"}));
  query.page.limit = 2;
  bool more = false;
  EXPECT_EQ(NamesOf(query, &more), (Names{"v10", "v2"}));
  EXPECT_TRUE(more);
  const auto listing = Must(listings_.Tags(Repo("app"), query));
  query.page.after_name = listing.next->name;
  query.page.after_time = listing.next->updated_at;
  EXPECT_EQ(NamesOf(query, &more), (Names{"v1"}));
  EXPECT_FALSE(more);
}

TEST_F(ListingsTest, Repositories) {
  for (const char* name : {"b", "a/x", "c"}) PushImage(Repo(name), "v1", {});
  const auto page = Must(listings_.Repositories(kAccount, "", 2));
  EXPECT_EQ(page.items, (Names{"a/x", "b"}));
  EXPECT_TRUE(page.more);
  const auto details = Must(listings_.RepositoryDetails(kAccount, "b", 2));
  ASSERT_EQ(details.items.size(), 1u);
  EXPECT_EQ(details.items[0].counts.tags, 1);
  EXPECT_EQ(details.items[0].counts.blob_bytes, 2);
  EXPECT_EQ(details.items[0].counts.shared_bytes, 2);
}

TEST_F(ListingsTest, ReferrersOfBothKinds) {
  const auto repository = Repo("app");
  const auto subject = PushImage(repository, "v1", {});
  const auto signature =
      Must(Put(repository, DigestOf(Signature(subject, "sig")).text(), Signature(subject, "sig")))
          .digest;
  const auto sbom =
      Must(Put(repository, DigestOf(Signature(subject, "sbom")).text(), Signature(subject, "sbom")))
          .digest;
  EXPECT_EQ(Must(listings_.Referrers(repository, subject, "", "", 10)).items.size(), 2u);
  const auto filtered = Must(listings_.Referrers(repository, subject, "sbom", "", 10));
  ASSERT_EQ(filtered.items.size(), 1u);
  EXPECT_EQ(filtered.items[0].digest, sbom.text());
  const auto page = Must(listings_.Referrers(repository, subject, "", "", 1));
  EXPECT_TRUE(page.more);

  const auto legacy = PushImage(repository, "legacy", {"attached"});
  std::string tag = subject.text();
  tag[tag.find(':')] = '-';
  const std::string index =
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" +
      DescriptorOf(ImageOf({"attached"}), std::string(oci::kImageManifest)) + "]}";
  Must(Put(repository, tag, index, oci::kImageIndex));
  const auto all = Must(listings_.Referrers(repository, subject, "", "", 10));
  ASSERT_EQ(all.items.size(), 3u);
  Names digests;
  for (const auto& item : all.items) digests.push_back(item.digest);
  EXPECT_TRUE(std::is_sorted(digests.begin(), digests.end()));
  EXPECT_NE(std::find(digests.begin(), digests.end(), legacy.text()), digests.end());
  EXPECT_NE(std::find(digests.begin(), digests.end(), signature.text()), digests.end());
  EXPECT_TRUE(Must(listings_.Referrers(Repo("none"), subject, "", "", 10)).items.empty());
}

}  // namespace
}  // namespace gantry::core
