#include "iam/bindings.h"

#include "iam/testing.h"

namespace gantry::iam {
namespace {

// As gcloud sends it, with a condition (Artifact Registry: setIamPolicy).
constexpr std::string_view kPolicy =
    R"({"version":3,"etag":"BwX=","bindings":[)"
    R"({"role":"roles/artifactregistry.reader","members":["allUsers","user:a@example.com"]},)"
    R"({"role":"roles/artifactregistry.writer","members":["serviceAccount:ci"],"condition":)"
    R"({"title":"until 2027","description":"a trial","expression":)"
    R"json("request.time < timestamp(\"2027-01-01T00:00:00Z\")"}}]})json";

TEST(BindingsTest, AreReadAndPrinted) {
  const Bindings bindings = Must(Bindings::Parse(kPolicy, Home()));
  EXPECT_EQ(bindings.etag, "BwX=");
  ASSERT_EQ(bindings.bindings.size(), 2u);
  EXPECT_EQ(bindings.bindings[0].members[1], "user:a@example.com");
  EXPECT_TRUE(bindings.bindings[0].patterns[0].Matches(Anonymous()));
  EXPECT_EQ(bindings.bindings[1].condition->title, "until 2027");
  EXPECT_EQ(bindings.Print(), kPolicy);
  EXPECT_EQ(Must(Bindings::Parse("{}", Home())).Print(), R"({"version":1})");
}

TEST(BindingsTest, SayWhatIsWrong) {
  const struct {
    const char* text;
    const char* reason;
  } rows[] = {
      {"[]", "bindings_invalid"},
      {"{", "bindings_invalid"},
      {R"({"version":2})", "bindings_invalid"},
      {R"({"policy":{}})", "bindings_invalid"},
      {R"({"bindings":{}})", "bindings_invalid"},
      {R"({"bindings":[1]})", "bindings_invalid"},
      {R"({"bindings":[{"members":[]}]})", "bindings_invalid"},
      {R"({"bindings":[{"role":"reader","members":[1]}]})", "bindings_invalid"},
      {R"({"bindings":[{"role":"reader","members":"allUsers"}]})", "bindings_invalid"},
      {R"({"bindings":[{"role":"reader","members":["alice"]}]})", "principal_invalid"},
      {R"({"bindings":[{"role":"reader","condition":{"title":"x"}}]})", "bindings_invalid"},
      {R"({"bindings":[{"role":"reader","condition":{"expression":"x"}}]})", "condition_invalid"},
      {R"({"etag":1})", "bindings_invalid"},
  };
  for (const auto& row : rows) {
    const auto bindings = Bindings::Parse(row.text, Home());
    ASSERT_FALSE(bindings.ok()) << row.text;
    EXPECT_EQ(bindings.error().reason(), row.reason) << row.text;
  }
}

TEST(BindingsTest, AreBounded) {
  const auto with = [](size_t members) {
    std::string text = R"({"bindings":[{"role":"reader","members":["user:a")";
    for (size_t i = 1; i < members; ++i) text += ",\"user:a\"";
    return text + "]}]}";
  };
  EXPECT_TRUE(Bindings::Parse(with(Bindings::kMembersMax), Home()).ok());
  const auto many = Bindings::Parse(with(Bindings::kMembersMax + 1), Home());
  EXPECT_EQ(many.error().reason(), "bindings_too_large");
  EXPECT_EQ(Bindings::Parse(std::string(70'000, ' '), Home()).error().reason(),
            "bindings_too_large");
}

}  // namespace
}  // namespace gantry::iam
