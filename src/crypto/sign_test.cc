#include "crypto/sign.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace gantry::crypto {
namespace {

std::string Url(std::string_view text) { return Base64UrlDecode(text).value(); }

struct Vector {
  const char* where;
  SignatureAlgorithm algorithm;
  const char* first;
  const char* second;
  const char* message;
  const char* signature;
};

const Vector kVectors[] = {
    {"RFC 7515 A.2", SignatureAlgorithm::kRs256,
     "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4"
     "d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
     "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
     "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
     "AQAB",
     "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
     "NvbS9pc19yb290Ijp0cnVlfQ",
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5"
     "jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
     "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QO"
     "YEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
    {"RFC 7515 A.3", SignatureAlgorithm::kEs256, "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
     "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLm"
     "NvbS9pc19yb290Ijp0cnVlfQ",
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"},
    {"RFC 8037 A.4", SignatureAlgorithm::kEdDsa, "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
     "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"},
};

PublicNumbers NumbersOf(const Vector& vector) {
  return {vector.algorithm, Url(vector.first), Url(vector.second)};
}

TEST(SignTest, VerifiesTheVectorsOfTheRfcs) {
  for (const Vector& vector : kVectors) {
    const auto key = PublicKey::FromNumbers(NumbersOf(vector));
    ASSERT_TRUE(key.ok()) << vector.where << key.error().ToString();
    const std::string signature = Url(vector.signature);
    EXPECT_TRUE(key->Verify(vector.message, signature)) << vector.where;
    EXPECT_FALSE(key->Verify(std::string(vector.message) + "x", signature)) << vector.where;
    for (size_t i = 0; i < signature.size(); i += 7) {
      std::string changed = signature;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(key->Verify(vector.message, changed)) << vector.where << i;
    }
    EXPECT_FALSE(key->Verify(vector.message, "")) << vector.where;
    EXPECT_FALSE(key->Verify(vector.message, signature + "x")) << vector.where;
    EXPECT_EQ(key->Numbers().first, Url(vector.first)) << vector.where;
    EXPECT_EQ(key->Numbers().second, Url(vector.second)) << vector.where;
  }
}

TEST(SignTest, AnEcdsaSignatureOfZerosIsNone) {
  // CVE-2022-21449: r = s = 0 was good for every message.
  const auto key = PublicKey::FromNumbers(NumbersOf(kVectors[1]));
  EXPECT_FALSE(key->Verify("anything", std::string(64, '\0')));
}

TEST(SignTest, KeysSignAndComeBackFromDer) {
  for (const auto algorithm :
       {SignatureAlgorithm::kEs256, SignatureAlgorithm::kRs256, SignatureAlgorithm::kEdDsa}) {
    const PrivateKey key = PrivateKey::Generate(algorithm);
    const auto again = PrivateKey::FromDer(key.Der());
    ASSERT_TRUE(again.ok()) << again.error().ToString();
    EXPECT_EQ(again->algorithm(), algorithm);
    const auto given = PublicKey::FromNumbers(key.Public().Numbers());
    ASSERT_TRUE(given.ok()) << given.error().ToString();
    EXPECT_TRUE(given->Verify("message", again->Sign("message")));
    EXPECT_FALSE(PrivateKey::Generate(algorithm).Public().Verify("message", key.Sign("message")));
  }
}

TEST(SignTest, SignaturesHaveTheLengthOfJws) {
  for (int i = 0; i < 50; ++i) {  // leading zeros of r and s must stay
    const PrivateKey key = PrivateKey::Generate(SignatureAlgorithm::kEs256);
    const std::string signature = key.Sign("message");
    EXPECT_EQ(signature.size(), 64U);
    EXPECT_TRUE(key.Public().Verify("message", signature));
  }
}

TEST(SignTest, RefusesUnusableKeys) {
  const PublicNumbers rsa = NumbersOf(kVectors[0]);
  const PublicNumbers ec = NumbersOf(kVectors[1]);
  const PublicNumbers bad[] = {
      {SignatureAlgorithm::kEs256, ec.first, ec.first},  // not on the curve
      {SignatureAlgorithm::kEs256, ec.first.substr(1), ec.second},
      {SignatureAlgorithm::kEs256, ec.first, ""},
      {SignatureAlgorithm::kEs256, std::string(32, '\0'), std::string(32, '\0')},
      {SignatureAlgorithm::kRs256, rsa.first.substr(0, 128), rsa.second},  // 1,024 bits
      {SignatureAlgorithm::kRs256, rsa.first, "\x01"},
      {SignatureAlgorithm::kRs256, rsa.first, "\x02"},
      {SignatureAlgorithm::kRs256, rsa.first, std::string(9, '\x01')},
      {SignatureAlgorithm::kRs256, std::string(1026, '\xff'), rsa.second},
      {SignatureAlgorithm::kEdDsa, "short", ""},
      {SignatureAlgorithm::kEdDsa, std::string(32, 'x'), "y"},
  };
  for (const PublicNumbers& numbers : bad) {
    const auto key = PublicKey::FromNumbers(numbers);
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().reason(), "key_invalid");
  }
  EXPECT_FALSE(PrivateKey::FromDer("").ok());
  EXPECT_FALSE(PrivateKey::FromDer("no key").ok());
  const PrivateKey key = PrivateKey::Generate(SignatureAlgorithm::kEs256);
  EXPECT_FALSE(PrivateKey::FromDer(key.Der() + "x").ok());
}

}  // namespace
}  // namespace gantry::crypto
