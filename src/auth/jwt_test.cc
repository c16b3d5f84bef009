#include "auth/jwt.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace gantry::auth {
namespace {

constexpr Time kNow{1'700'000'000'000'000};
constexpr int64_t kNowSeconds = 1'700'000'000;

std::string Part(const std::string& json) { return Base64UrlEncode(json); }

// RFC 7515, A.3.
constexpr char kRfcKey[] =
    R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kRfcToken[] =
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
    "NvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQ"
    "xfKTUJqPP3-Kg6NU1Q";

class Jwt : public testing::Test {
 protected:
  Jwt() {
    std::vector<KeySetEntry> keys;
    keys.push_back({"ec", ec_.Public()});
    keys.push_back({"rsa", rsa_.Public()});
    keys_ = std::make_unique<KeySet>(std::move(keys));
  }

  static std::string Claims(const std::string& more = "") {
    return R"({"iss":"me","aud":"you","exp":)" + std::to_string(kNowSeconds + 300) + more + "}";
  }

  std::string Check(const std::string& token) const {
    const auto parsed = ParseJwt(token);
    if (!parsed.ok()) return std::string(parsed.error().reason());
    const auto verified = VerifyJwt(*parsed, *keys_, {"me", {"you", "them"}, kNow});
    return verified.ok() ? "ok" : std::string(verified.error().reason());
  }

  // A token with that header over good claims, signed with `key` whatever the header says.
  std::string WithHeader(const crypto::PrivateKey& key, const std::string& header) const {
    const std::string input = Part(header) + "." + Part(Claims());
    return input + "." + Base64UrlEncode(key.Sign(input));
  }

  const crypto::PrivateKey ec_ = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256);
  const crypto::PrivateKey rsa_ = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kRs256);
  std::unique_ptr<KeySet> keys_;
};

TEST_F(Jwt, OfTheRfcIsBelievedInItsTime) {
  const auto keys = KeySet::Parse("{\"keys\":[" + std::string(kRfcKey) + "]}");
  ASSERT_TRUE(keys.ok());
  const auto token = ParseJwt(kRfcToken);
  ASSERT_TRUE(token.ok());
  EXPECT_EQ(token->issuer(), "joe");
  // It has no audience, so that its signature is good and it is for nobody.
  const auto verified = VerifyJwt(*token, *keys, {"joe", {"x"}, Time{} + Seconds(1'300'819'000)});
  EXPECT_EQ(verified.error().reason(), "token_foreign");
  std::string changed = kRfcToken;
  changed[30] = changed[30] == 'A' ? 'B' : 'A';
  const auto other = ParseJwt(changed);
  EXPECT_TRUE(!other.ok() ||
              VerifyJwt(*other, *keys, {"joe", {"x"}, kNow}).error().reason() == "token_invalid");
}

TEST_F(Jwt, SignedByAKeyOfTheSetIsBelieved) {
  EXPECT_EQ(Check(SignJwt(ec_, "ec", Claims())), "ok");
  EXPECT_EQ(Check(SignJwt(rsa_, "rsa", Claims())), "ok");
  EXPECT_EQ(Check(SignJwt(ec_, "ec", Claims(R"(,"aud2":"x","iat":1699999999,"nbf":1699999999)"))),
            "ok");
}

TEST_F(Jwt, OfAnotherKeyOrAnUnknownOneIsNot) {
  EXPECT_EQ(Check(SignJwt(ec_, "rsa", Claims())), "token_invalid");
  EXPECT_EQ(Check(SignJwt(ec_, "unknown", Claims())), "token_invalid");
  EXPECT_EQ(Check(SignJwt(ec_, "", Claims())), "token_invalid");
  const auto stranger = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256);
  EXPECT_EQ(Check(SignJwt(stranger, "ec", Claims())), "token_invalid");
}

TEST_F(Jwt, UnsecuredIsNot) {
  for (const char* alg : {"none", "None", "NONE", ""}) {
    const std::string header = R"({"alg":")" + std::string(alg) + R"(","kid":"ec"})";
    EXPECT_EQ(Check(Part(header) + "." + Part(Claims()) + "."), "token_invalid");
    EXPECT_EQ(Check(Part(header) + "." + Part(Claims()) + ".AAAA"), "token_invalid");
    EXPECT_EQ(Check(WithHeader(ec_, header)), "token_invalid");
  }
}

TEST_F(Jwt, WhoseHeaderChoosesTheAlgorithmIsNot) {
  // The public key of RS256 as the secret of HS256.
  const std::string public_key = keys_->Json();
  const std::string input = Part(R"({"alg":"HS256","kid":"rsa"})") + "." + Part(Claims());
  EXPECT_EQ(Check(input + "." + Base64UrlEncode(crypto::HmacSha256(public_key, input))),
            "token_invalid");
  const std::string modulus = rsa_.Public().Numbers().first;
  EXPECT_EQ(Check(input + "." + Base64UrlEncode(crypto::HmacSha256(modulus, input))),
            "token_invalid");
  // The right key under another name of an algorithm.
  EXPECT_EQ(Check(WithHeader(ec_, R"({"alg":"RS256","kid":"ec"})")), "token_invalid");
  EXPECT_EQ(Check(WithHeader(ec_, R"({"kid":"ec"})")), "token_invalid");
  EXPECT_EQ(Check(WithHeader(ec_, R"({"alg":"ES256","kid":"ec"})")), "ok");
}

TEST_F(Jwt, WhoseHeaderBringsItsKeyIsNot) {
  const auto stranger = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256);
  for (const char* parameter : {R"("jwk":{"kty":"EC"})", R"("jku":"https://evil.example.com/keys")",
                                R"("x5u":"https://evil.example.com/cert")", R"("x5c":["MII"])",
                                R"("crit":["exp"])", R"("b64":false)"}) {
    const std::string header = R"({"alg":"ES256","kid":"ec",)" + std::string(parameter) + "}";
    EXPECT_EQ(Check(WithHeader(stranger, header)), "token_invalid") << parameter;
    EXPECT_EQ(Check(WithHeader(ec_, header)), "token_invalid") << parameter;
  }
}

TEST_F(Jwt, OfOthersOrForOthersIsNot) {
  const auto check = [&](const std::string& claims) { return Check(SignJwt(ec_, "ec", claims)); };
  const std::string exp = R"(,"exp":)" + std::to_string(kNowSeconds + 300) + "}";
  EXPECT_EQ(check(R"({"iss":"other","aud":"you")" + exp), "token_foreign");
  EXPECT_EQ(check(R"({"aud":"you")" + exp), "token_foreign");
  EXPECT_EQ(check(R"({"iss":"me","aud":"other")" + exp), "token_foreign");
  EXPECT_EQ(check(R"({"iss":"me","aud":["x","y"])" + exp), "token_foreign");
  EXPECT_EQ(check(R"({"iss":"me","aud":[])" + exp), "token_foreign");
  EXPECT_EQ(check(R"({"iss":"me")" + exp), "token_foreign");
  EXPECT_EQ(check(R"({"iss":"me","aud":["x","them"])" + exp), "ok");
}

TEST_F(Jwt, OutOfItsTimeIsNot) {
  const auto check = [&](const std::string& times) {
    return Check(SignJwt(ec_, "ec", R"({"iss":"me","aud":"you")" + times + "}"));
  };
  const auto at = [](int64_t offset) { return std::to_string(kNowSeconds + offset); };
  EXPECT_EQ(check(R"(,"exp":)" + at(-59)), "ok");  // the clocks may differ by a minute
  EXPECT_EQ(check(R"(,"exp":)" + at(-60)), "token_expired");
  EXPECT_EQ(check(""), "token_invalid");
  EXPECT_EQ(check(R"(,"exp":"soon")"), "token_invalid");
  EXPECT_EQ(check(R"(,"exp":-1)"), "token_invalid");
  EXPECT_EQ(check(R"(,"exp":1e300)"), "token_invalid");
  EXPECT_EQ(check(R"(,"exp":)" + at(9) + R"(,"nbf":)" + at(60)), "ok");
  EXPECT_EQ(check(R"(,"exp":)" + at(9) + R"(,"nbf":)" + at(61)), "token_not_yet_valid");
  EXPECT_EQ(check(R"(,"exp":)" + at(9) + R"(,"nbf":"x")"), "token_invalid");
  EXPECT_EQ(check(R"(,"exp":)" + at(9) + R"(,"iat":)" + at(61)), "token_invalid");
  EXPECT_EQ(check(R"(,"exp":)" + at(9) + ".5"), "ok");
}

TEST_F(Jwt, OfAnotherFormIsNot) {
  const std::string good = SignJwt(ec_, "ec", Claims());
  EXPECT_EQ(Check(good + "."), "token_invalid");
  EXPECT_EQ(Check("." + good), "token_invalid");
  EXPECT_EQ(Check(good + "="), "token_invalid");
  EXPECT_EQ(Check(" " + good), "token_invalid");
  for (const char* text : {"", ".", "..", "...", "a.b.c", "e30.e30.e30", "!.e30.AA"}) {
    EXPECT_EQ(Check(text), "token_invalid") << text;
  }
  EXPECT_EQ(Check(std::string(kJwtBytesMax + 1, 'A')), "token_invalid");
  EXPECT_EQ(Check(Part("[]") + "." + Part(Claims()) + ".AA"), "token_invalid");
  EXPECT_EQ(Check(Part(R"({"alg":"ES256","alg":"none"})") + "." + Part(Claims()) + ".AA"),
            "token_invalid");
}

TEST(KeySetTest, ReadsWhatItWrites) {
  std::vector<KeySetEntry> keys;
  for (const auto algorithm :
       {crypto::SignatureAlgorithm::kEs256, crypto::SignatureAlgorithm::kRs256,
        crypto::SignatureAlgorithm::kEdDsa}) {
    keys.push_back({std::string(SignatureAlgorithmName(algorithm)),
                    crypto::PrivateKey::Generate(algorithm).Public()});
  }
  const KeySet set(std::move(keys));
  const auto again = KeySet::Parse(set.Json());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->Json(), set.Json());
  EXPECT_EQ(again->keys().size(), 3U);
  EXPECT_EQ(again->Find(""), nullptr);
  EXPECT_EQ(again->Find("x"), nullptr);
  EXPECT_NE(again->Find("EdDSA"), nullptr);
  // Nothing private is published.
  EXPECT_EQ(set.Json().find("\"d\""), std::string::npos);
}

TEST(KeySetTest, LeavesOutWhatItCannotUse) {
  const std::string key = kRfcKey;
  const auto keys = KeySet::Parse(
      R"({"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"h"},{"kty":"EC","crv":"P-521","kid":"c"},
         {"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"b"},1,
         {"kty":"EC","alg":"ES512","crv":"P-256","kid":"a"},)" +
      key.substr(0, key.size() - 1) + R"(,"use":"enc","kid":"e"},)" + key + "]}");
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->keys().size(), 1U);
  EXPECT_NE(keys->Find(""), nullptr);
  for (const char* text : {"", "[]", "{}", R"({"keys":{}})"}) {
    EXPECT_FALSE(KeySet::Parse(text).ok()) << text;
  }
}

TEST(KeySetTest, AnIdThatIsThereTwiceNamesNoKey) {
  const std::string key = kRfcKey;
  const std::string named = key.substr(0, key.size() - 1) + R"(,"kid":"k"})";
  const auto keys = KeySet::Parse("{\"keys\":[" + named + "," + named + "]}");
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ(keys->Find("k"), nullptr);
}

}  // namespace
}  // namespace gantry::auth
