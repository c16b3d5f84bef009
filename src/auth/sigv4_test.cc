#include "auth/sigv4.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::auth {
namespace {

// 2026-11-24T06:38:00Z
constexpr Time kNow{1'795'502'280'000'000};

// What real clients sent to a server of this machine (aws CLI 2.9.19 and 1.45.11).
struct Recorded {
  const char* what;
  const char* key_id;
  const char* secret;
  const char* service;
  const char* body;
  HeaderList headers;
  const char* signed_headers;
  const char* signature;
};

const Recorded kRecorded[] = {
    {"V1",
     "A",
     "b",
     "ecr",
     "{}",
     {{"Host", "127.0.0.1:18998"},
      {"X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"},
      {"Content-Type", "application/x-amz-json-1.1"},
      {"X-Amz-Date", "20261124T063804Z"},
      {"User-Agent", "aws-cli/2.9.19"}},
     "content-type;host;x-amz-date;x-amz-target",
     "dc9d650ebab120fc3d98765dcd1bbf6134351876aabd1011ed88f1f6b963180e"},
    {"V2",
     "ASIAEXAMPLE",
     "SEC",
     "ecr",
     "{}",
     {{"Host", "127.0.0.1:18998"},
      {"X-Amz-Target", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"},
      {"Content-Type", "application/x-amz-json-1.1"},
      {"X-Amz-Date", "20261124T063802Z"},
      {"X-Amz-Security-Token", "SESS"}},
     "content-type;host;x-amz-date;x-amz-security-token;x-amz-target",
     "364cad5fc04d0a8c23fbe07b26f3dae65b28f1b52a7a22552508b23ab39287d5"},
    {"V3",
     "A",
     "b",
     "sts",
     "Action=GetCallerIdentity&Version=2011-06-15",
     {{"Host", "127.0.0.1:18998"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"X-Amz-Date", "20261124T063803Z"}},
     "content-type;host;x-amz-date",
     "d5537efeecbf4e5936b2d81d3f2cc4139ece7e6f54e8008aaae5843af9d89d49"},
};

std::string HashOf(std::string_view body) { return HexEncode(crypto::Sha256(body)); }

std::string HeaderOf(const Recorded& recorded) {
  return "AWS4-HMAC-SHA256 Credential=" + std::string(recorded.key_id) + "/20261124/local-1/" +
         recorded.service + "/aws4_request, SignedHeaders=" + recorded.signed_headers +
         ", Signature=" + recorded.signature;
}

// A request in the making, which tests change before it is checked.
struct Case {
  explicit Case(const Recorded& recorded)
      : authorization(HeaderOf(recorded)),
        headers(recorded.headers),
        hash(HashOf(recorded.body)),
        secret(recorded.secret),
        service(recorded.service) {}

  std::string Check() const {
    const auto parsed = ParseSigV4(authorization);
    if (!parsed.ok()) return std::string(parsed.error().reason());
    const auto verified = VerifySigV4(*parsed, {"POST", "/", "", &headers, hash},
                                      {secret, service, now, unsigned_payload});
    return verified.ok() ? "ok" : std::string(verified.error().reason());
  }

  std::string authorization;
  HeaderList headers;
  std::string hash;
  std::string secret;
  std::string service;
  Time now = kNow;
  bool unsigned_payload = false;
};

TEST(SigV4Test, AcceptsWhatRealClientsSent) {
  for (const Recorded& recorded : kRecorded)
    EXPECT_EQ(Case(recorded).Check(), "ok") << recorded.what;
}

TEST(SigV4Test, RefusesAnyChange) {
  for (const Recorded& recorded : kRecorded) {
    Case body(recorded);
    body.hash = HashOf("other");
    EXPECT_EQ(body.Check(), "signature_wrong");
    Case secret(recorded);
    secret.secret += "x";
    EXPECT_EQ(secret.Check(), "signature_wrong");
    Case service(recorded);
    service.service = "s3";
    EXPECT_EQ(service.Check(), "signature_wrong");
    for (size_t i = 0; i < recorded.headers.size(); ++i) {
      if (recorded.headers[i].first == "User-Agent") continue;
      Case header(recorded);
      header.headers[i].second += "x";
      EXPECT_NE(header.Check(), "ok") << recorded.headers[i].first;
      header.headers.erase(header.headers.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_EQ(header.Check(), "signature_incomplete") << recorded.headers[i].first;
    }
  }
}

TEST(SigV4Test, RefusesAnAmzHeaderThatIsNotSigned) {
  Case sent(kRecorded[0]);
  sent.headers.emplace_back("x-amz-security-token", "smuggled");
  EXPECT_EQ(sent.Check(), "signature_incomplete");
}

TEST(SigV4Test, IsGoodForAQuarterOfAnHour) {
  Case sent(kRecorded[0]);
  sent.now = kNow + Seconds(4 + 15 * 60);
  EXPECT_EQ(sent.Check(), "ok");
  sent.now = kNow + Seconds(5 + 15 * 60);
  EXPECT_EQ(sent.Check(), "signature_expired");
  sent.now = kNow - Seconds(15 * 60);
  EXPECT_EQ(sent.Check(), "signature_expired");
}

std::string ReasonOfParse(const std::string& header) {
  const auto parsed = ParseSigV4(header);
  return parsed.ok() ? "ok" : std::string(parsed.error().reason());
}

TEST(SigV4Test, RefusesHeadersOfAnotherForm) {
  const std::string good = HeaderOf(kRecorded[0]);
  const auto without = [&](const std::string& part) {
    std::string text = good;
    text.replace(text.find(part), part.size(), "");
    return text;
  };
  const std::string scope = "/20261124/local-1/ecr/aws4_request";
  for (const std::string& text :
       {std::string(), std::string("AWS4-HMAC-SHA256"), std::string("AWS4-HMAC-SHA256 "),
        without("Credential=A" + scope + ", "), without("AWS4-HMAC-SHA256 "), without("/local-1"),
        without("/aws4_request"), good + ", Signature=00", good + "00", good + ", Extra=1",
        without("3180e"), std::string("AWS4-HMAC-SHA512") + good.substr(16),
        std::string(5000, 'x')}) {
    EXPECT_EQ(ReasonOfParse(text), "signature_incomplete") << text;
  }
}

SigV4Key Key() { return {"AKIAEXAMPLE", "secret", ""}; }

TEST(SigV4Test, VerifiesWhatItSigns) {
  for (const char* query : {"", "b=2&a=1", "list-type=2&prefix=a%2Fb&x", "a=%7E&a=~&z=+"}) {
    for (const char* service : {"ecr", "s3"}) {
      HeaderList headers = {{"host", "s3.example.com"}, {"X-Test", " a   b  "}};
      const std::string hash = HashOf("body");
      SigV4Request request{"PUT", "/bucket/a%20b", query, &headers, hash};
      SigV4Key key = Key();
      key.session_token = "token";
      const HeaderList added = SignSigV4(request, key, "us-east-1", service, kNow);
      headers.insert(headers.end(), added.begin(), added.end());
      const auto parsed = ParseSigV4(headers.back().second);
      ASSERT_TRUE(parsed.ok()) << parsed.error().ToString();
      EXPECT_TRUE(VerifySigV4(*parsed, request, {"secret", service, kNow, false}).ok()) << query;
      request.query = "c=3";
      EXPECT_FALSE(VerifySigV4(*parsed, request, {"secret", service, kNow, false}).ok());
    }
  }
}

TEST(SigV4Test, SignsAsAmazonsExampleForS3) {
  // "Authenticating Requests: Using the Authorization Header", example GET Object.
  const HeaderList headers = {{"Host", "examplebucket.s3.amazonaws.com"}, {"Range", "bytes=0-9"}};
  const std::string hash = HashOf("");
  const HeaderList added =
      SignSigV4({"GET", "/test.txt", "", &headers, hash},
                {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""},
                "us-east-1", "s3", Time{} + Seconds(1'369'353'600));
  EXPECT_NE(added.back().second.find(
                "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            std::string::npos)
      << added.back().second;
}

TEST(SigV4Test, AnUnsignedPayloadIsTakenWhereItIsAllowed) {
  HeaderList headers = {{"host", "s3.example.com"}};
  const SigV4Request signing{"PUT", "/", "", &headers, kUnsignedPayload};
  const HeaderList added = SignSigV4(signing, Key(), "r", "s3", kNow);
  headers.insert(headers.end(), added.begin(), added.end());
  const auto parsed = ParseSigV4(headers.back().second);
  ASSERT_TRUE(parsed.ok());
  const std::string hash = HashOf("anything");
  const SigV4Request request{"PUT", "/", "", &headers, hash};
  EXPECT_TRUE(VerifySigV4(*parsed, request, {"secret", "s3", kNow, true}).ok());
  EXPECT_EQ(VerifySigV4(*parsed, request, {"secret", "s3", kNow, false}).error().reason(),
            "payload_wrong");
}

}  // namespace
}  // namespace gantry::auth
