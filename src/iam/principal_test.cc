#include "iam/principal.h"

#include "iam/principal_pattern.h"
#include "iam/testing.h"

namespace gantry::iam {
namespace {

TEST(AccountIdTest, HasTwelveDigits) {
  EXPECT_EQ(Id("111122223333").text(), "111122223333");
  EXPECT_EQ(AccountId::Default().text(), "000000000000");
  EXPECT_TRUE(Id("000000000000").IsDefault());
  for (const char* text :
       {"", "11112222333", "1111222233334", "11112222333a", "-11122223333", " 11122223333"}) {
    const auto id = AccountId::Parse(text);
    ASSERT_FALSE(id.ok()) << text;
    EXPECT_EQ(id.error().reason(), "account_id_invalid");
  }
}

TEST(PrincipalTest, Texts) {
  EXPECT_EQ(User("alice").Text(), "user:alice");
  EXPECT_EQ(User("alice").FullText(), "111122223333/user:alice");
  EXPECT_EQ(User("alice").Arn(), "arn:aws:iam::111122223333:user/alice");
  EXPECT_EQ(Workload("github/repo:org/app").Text(), "workload:github/repo:org/app");
  EXPECT_EQ(Workload("github/main").Arn(), "arn:aws:sts::111122223333:assumed-role/github/main");
  EXPECT_EQ(Anonymous().Text(), "anonymous");
}

TEST(PrincipalTest, NoTwoHaveOneIdentity) {
  const std::string alice = User("alice", {"a", "b"}).IdentityText();
  EXPECT_EQ(alice, User("alice", {"b", "a", "a"}).IdentityText());
  EXPECT_NE(alice, User("alice", {"a"}).IdentityText());
  EXPECT_NE(alice, User("alice", {"ab"}).IdentityText());
  EXPECT_NE(alice, User("alice", {"a", "b"}, Other()).IdentityText());
  EXPECT_NE(Workload("t/s", {{"a", "1"}}).IdentityText(),
            Workload("t/s", {{"a", "2"}}).IdentityText());
  EXPECT_NE(Workload("t/s", {{"ab", "c"}}).IdentityText(),
            Workload("t/s", {{"a", "bc"}}).IdentityText());
}

struct Match {
  const char* pattern;
  Principal principal;
  bool matches;
};

TEST(PrincipalPatternTest, GantrysWords) {
  const Principal alice = User("alice", {"devs"});
  const Principal eve = User("alice", {"devs"}, Other());
  const Principal build = Workload("github/repo:org/app", {{"branch", "main"}});
  const Match matches[] = {
      {"user:alice", alice, true},
      {"user:alice", eve, false},
      {"444455556666/user:alice", eve, true},
      {"444455556666/user:alice", alice, false},
      {"user:al*", alice, true},
      {"user:*", build, false},
      {"robot:alice", alice, false},
      {"group:devs", alice, true},
      {"group:dev", alice, false},
      {"group:devs", eve, false},
      {"authenticated", alice, true},
      {"authenticated", eve, false},
      {"authenticated", Anonymous(), false},
      {"444455556666/*", eve, true},
      {"444455556666/authenticated", eve, true},
      {"anonymous", Anonymous(), true},
      {"anonymous", alice, false},
      {"*", alice, true},
      {"*", eve, true},
      {"*", Anonymous(), true},
      {"workload:github/*", build, true},
      {"workload:github/repo:org/app", build, true},
      {"workload:gitlab/*", build, false},
      {"attribute:github/branch=main", build, true},
      {"attribute:github/branch=dev", build, false},
      {"attribute:gitlab/branch=main", build, false},
      {"attribute:github/branch=main", alice, false},
  };
  for (const Match& match : matches) {
    const PrincipalPattern pattern = Must(PrincipalPattern::Parse(match.pattern, Home()));
    EXPECT_EQ(pattern.Matches(match.principal), match.matches)
        << match.pattern << " and " << match.principal.FullText();
    const std::string text = pattern.Text(Home());
    EXPECT_EQ(Must(PrincipalPattern::Parse(text, Home())), pattern) << text;
  }
}

TEST(PrincipalPatternTest, AwsForms) {
  const Match matches[] = {
      {"*", Anonymous(), true},
      {"111122223333", User("alice"), true},
      {"111122223333", Anonymous(), false},
      {"arn:aws:iam::111122223333:root", User("alice"), true},
      {"arn:aws:iam::444455556666:root", User("alice"), false},
      {"arn:aws:iam::111122223333:user/alice", User("alice"), true},
      {"arn:aws:iam::111122223333:user/alice", User("alice", {}, Other()), false},
      {"arn:aws:iam::111122223333:group/devs", User("alice", {"devs"}), true},
      {"arn:aws:iam::111122223333:role/github", Workload("github/any/thing"), true},
      {"arn:aws:iam::111122223333:role/github", Workload("github2/any"), false},
      {"arn:aws:sts::111122223333:assumed-role/github/main", Workload("github/main"), true},
      {"arn:aws:sts::111122223333:assumed-role/github/main", Workload("github/dev"), false},
      {"user:alice", User("alice"), true},
  };
  for (const Match& match : matches) {
    const PrincipalPattern pattern = Must(PrincipalPattern::ParseAws(match.pattern, Home()));
    EXPECT_EQ(pattern.Matches(match.principal), match.matches)
        << match.pattern << " and " << match.principal.FullText();
  }
}

TEST(PrincipalPatternTest, Members) {
  const std::string pool =
      "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/";
  const std::string subject = "principal:" + pool + "subject/repo:org/app";
  const std::string attribute = "principalSet:" + pool + "attribute.repository/org/app";
  const std::string all = "principalSet:" + pool + "*";
  const Principal build = Workload("github/repo:org/app", {{"repository", "org/app"}});
  Principal robot = User("ci");
  robot.kind = PrincipalKind::kRobot;
  const Match matches[] = {
      {"user:a@example.com", User("a@example.com"), true},
      {"serviceAccount:ci", robot, true},
      {"serviceAccount:ci", User("ci"), false},
      {"domain:example.com", User("a@example.com"), true},
      {"domain:example.com", User("a@example.org"), false},
      {"domain:example.com", User("a@b.example.com"), false},
      {"allUsers", Anonymous(), true},
      {"allAuthenticatedUsers", Anonymous(), false},
      {"allAuthenticatedUsers", User("a"), true},
      {subject.c_str(), build, true},
      {attribute.c_str(), build, true},
      {attribute.c_str(), Workload("github/x", {{"repository", "org/other"}}), false},
      {all.c_str(), build, true},
      {all.c_str(), Workload("gitlab/x"), false},
  };
  for (const Match& match : matches) {
    const PrincipalPattern pattern = Must(PrincipalPattern::ParseMember(match.pattern, Home()));
    EXPECT_EQ(pattern.Matches(match.principal), match.matches)
        << match.pattern << " and " << match.principal.FullText();
  }
}

TEST(PrincipalPatternTest, RefusesWhatIsNone) {
  for (const char* text : {"", "alice", "user:", "group:dev*", "role:x", "user:a\nb", "1/user:a",
                           "44445555666x/user:a", "attribute:x", "attribute:/k=v", ":"}) {
    EXPECT_FALSE(PrincipalPattern::Parse(text, Home()).ok()) << text;
  }
  for (const char* text : {"arn:aws:iam::1:user/a", "arn:aws:iam::111122223333:user/*",
                           "arn:aws:s3::111122223333:user/a", "arn:aws:iam::111122223333:user/",
                           "arn:aws:iam::*:root", "arn:aws:iam", "11112222333"}) {
    EXPECT_FALSE(PrincipalPattern::ParseAws(text, Home()).ok()) << text;
  }
  for (const char* text :
       {"serviceAccount:", "serviceAccount:*", "domain:", "domain:*", "principal://x/subject/a",
        "principalSet://x/workloadIdentityPools/p/x"}) {
    EXPECT_FALSE(PrincipalPattern::ParseMember(text, Home()).ok()) << text;
  }
}

TEST(PrincipalPatternTest, CoversOnlyWhatItMatches) {
  const char* texts[] = {"*",          "authenticated", "anonymous",    "user:alice",
                         "user:a*",    "user:*",        "robot:alice",  "group:devs",
                         "group:ops",  "workload:t/*",  "workload:t/s", "444455556666/user:alice",
                         "user:a?ice", "444455556666/*"};
  const Principal principals[] = {User("alice", {"devs"}), User("bob", {"ops"}), Workload("t/s"),
                                  Anonymous(), User("alice", {}, Other())};
  for (const char* a : texts) {
    for (const char* b : texts) {
      const auto wide = Must(PrincipalPattern::Parse(a, Home()));
      const auto narrow = Must(PrincipalPattern::Parse(b, Home()));
      if (!wide.Covers(narrow)) continue;
      for (const Principal& principal : principals) {
        EXPECT_TRUE(!narrow.Matches(principal) || wide.Matches(principal)) << a << " " << b;
      }
    }
  }
  EXPECT_TRUE(Must(PrincipalPattern::Parse("user:a*", Home()))
                  .Covers(Must(PrincipalPattern::Parse("user:alice", Home()))));
}

}  // namespace
}  // namespace gantry::iam
