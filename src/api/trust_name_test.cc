#include "api/trust_name.h"

#include <gtest/gtest.h>

namespace gantry::api {
namespace {

std::string Parsed(const std::string& text) {
  const auto name = ParseTrustName(text);
  if (!name.ok()) return std::string(name.error().reason());
  return name->account + "|" + name->trust;
}

TEST(TrustName, Forms) {
  EXPECT_EQ(Parsed(""), "|");
  EXPECT_EQ(Parsed("github"), "|github");
  EXPECT_EQ(Parsed("arn:aws:iam::123456789012:role/github"), "123456789012|github");
  EXPECT_EQ(Parsed("arn:aws:iam::acme:role/ci/github"), "acme|github");
  const std::string rest = "/locations/global/workloadIdentityPools/pool/providers/github";
  EXPECT_EQ(Parsed("//iam.googleapis.com/projects/123456789012" + rest), "123456789012|github");
  EXPECT_EQ(Parsed("https://iam.googleapis.com/projects/acme" + rest), "acme|github");
  EXPECT_EQ(Parsed("//iam.googleapis.com/projects/1" + rest), "|github");
}

TEST(TrustName, OtherTexts) {
  for (const char* text :
       {"git hub", "a/b", "arn:aws:iam::1:user/x", "arn:aws:iam::1:role/", "arn:aws:iam::1",
        "arn:aws:iam::1:role/a:b", "//iam.googleapis.com/", "//iam.googleapis.com/projects/1",
        "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/",
        "//iam.googleapis.com/locations/global/workforcePools/p/providers/x"})
    EXPECT_EQ(Parsed(text), "target_invalid") << text;
  EXPECT_EQ(Parsed(std::string(2000, 'a')), "target_invalid");
}

}  // namespace
}  // namespace gantry::api
