#include "iam/resource.h"

#include "iam/scopes.h"
#include "iam/testing.h"

namespace gantry::iam {
namespace {

TEST(ResourceTest, TextsAreReadBack) {
  for (const char* text : {"111122223333/*", "111122223333/project/app", "111122223333/project/",
                           "111122223333/repository/app/api", "111122223333/repository/app"}) {
    EXPECT_EQ(Must(Resource::Parse(text)).Text(), text);
  }
  for (const char* text :
       {"", "*", "111122223333", "111122223333/", "1/repository/app", "111122223333/repository/",
        "111122223333/repository/a*", "111122223333/tag/app"}) {
    EXPECT_FALSE(Resource::Parse(text).ok()) << text;
  }
}

TEST(ResourceTest, ARepositoryIsInAProject) {
  EXPECT_EQ(Repository("app/web/api").project(), "app");
  EXPECT_EQ(Repository("app").project(), "");
  EXPECT_EQ(Resource::Project(Home(), "app").project(), "app");
  EXPECT_EQ(Resource::Project(Home(), "app").repository(), "");
}

TEST(ResourcePatternTest, Matches) {
  const Resource account = Resource::Account(Home());
  const Resource project = Resource::Project(Home(), "app");
  const struct {
    const char* pattern;
    Resource resource;
    bool matches;
  } rows[] = {
      {"*", account, true},
      {"*", Resource::Repository(Other(), "app"), true},
      {"111122223333/*", account, true},
      {"111122223333/*", Repository("app"), true},
      {"444455556666/*", Repository("app"), false},
      {"*/repository/app", Resource::Repository(Other(), "app"), true},
      {"repository/app", Repository("app"), true},
      {"repository/app", Resource::Repository(Other(), "app"), false},
      {"repository/app", Repository("app/api"), false},
      {"repository/app/*", Repository("app/api"), true},
      {"repository/app/*", Repository("app"), false},
      {"repository/app/*", project, false},
      {"repository/*", account, false},
      {"repository/a?p", Repository("app"), true},
      {"project/app", project, true},
      {"project/app", Repository("app/api"), true},
      {"project/app", Repository("app"), false},
      {"project/app", account, false},
      {"project/", Repository("app"), true},
      {"project/*", Repository("app/api"), true},
      {"arn:aws:ecr:us-east-1:111122223333:repository/app/*", Repository("app/api"), true},
      {"arn:aws-cn:ecr:*:111122223333:repository/app", Repository("app"), true},
      {"arn:aws:ecr:us-east-1:444455556666:repository/app", Repository("app"), false},
      {"arn:aws:ecr:us-east-1:111122223333:*", Repository("app"), true},
      {"arn:aws:ecr:*:*:repository/*", Resource::Repository(Other(), "x"), true},
      {"arn:aws:s3:::bucket", Repository("bucket"), false},
  };
  for (const auto& row : rows) {
    const auto pattern = Must(ResourcePattern::Parse(row.pattern, Home()));
    EXPECT_EQ(pattern.Matches(row.resource), row.matches)
        << row.pattern << " and " << row.resource.Text();
    if (pattern.kind() != ResourcePattern::Kind::kNothing) {
      EXPECT_EQ(Must(ResourcePattern::Parse(pattern.Text(), Other())), pattern);
    }
  }
}

TEST(ResourcePatternTest, RefusesWhatIsNone) {
  for (const char* text :
       {"", "app", "repository", "repository/", "1/repository/app", "arn:aws:ecr",
        "arn:aws:*:us-east-1:111122223333:repository/app", "tag/x",
        "arn:aws:ecr:us-east-1:1*:repository/app", "arn:aws:ecr:us-east-1:111122223333:app"}) {
    const auto pattern = ResourcePattern::Parse(text, Home());
    ASSERT_FALSE(pattern.ok()) << text;
    EXPECT_EQ(pattern.error().reason(), "resource_invalid");
  }
  EXPECT_FALSE(ResourcePattern::Parse("repository/" + std::string(1000, 'a'), Home()).ok());
}

TEST(ResourcePatternTest, CoversOnlyWhatItMatches) {
  const char* texts[] = {"*",
                         "111122223333/*",
                         "444455556666/*",
                         "repository/*",
                         "repository/app/*",
                         "repository/app/api",
                         "repository/app",
                         "repository/a*",
                         "repository/a?p",
                         "project/app",
                         "project/a*",
                         "project/*",
                         "project/",
                         "*/repository/app/api",
                         "repository/*/api"};
  const Resource resources[] = {Resource::Account(Home()),
                                Resource::Project(Home(), "app"),
                                Resource::Project(Home(), ""),
                                Repository("app"),
                                Repository("app/api"),
                                Repository("abc/api"),
                                Repository("axp"),
                                Resource::Repository(Other(), "app/api")};
  int covers = 0;
  for (const char* a : texts) {
    for (const char* b : texts) {
      const auto wide = Must(ResourcePattern::Parse(a, Home()));
      const auto narrow = Must(ResourcePattern::Parse(b, Home()));
      if (!wide.Covers(narrow)) continue;
      ++covers;
      for (const Resource& resource : resources) {
        EXPECT_TRUE(!narrow.Matches(resource) || wide.Matches(resource))
            << a << " " << b << " " << resource.Text();
      }
    }
  }
  EXPECT_GT(covers, 50);
}

TEST(ScopesTest, NarrowAndAreTold) {
  const auto app = Must(ResourcePattern::Parse("repository/app", Home()));
  const auto web = Must(ResourcePattern::Parse("repository/web", Home()));
  const Scopes scopes({{app, {Action::kRepositoryPull}}, {web, {Action::kRepositoryPush}}});
  EXPECT_TRUE(scopes.Allows(Action::kRepositoryPull, Repository("app")));
  EXPECT_FALSE(scopes.Allows(Action::kRepositoryPush, Repository("app")));
  EXPECT_FALSE(Scopes({}).Allows(Action::kRepositoryPull, Repository("app")));
  const Scopes turned({{web, {Action::kRepositoryPush}}, {app, {Action::kRepositoryPull}}});
  EXPECT_EQ(scopes.fingerprint(), turned.fingerprint());
  EXPECT_NE(scopes.fingerprint(), Scopes({}).fingerprint());
  EXPECT_NE(Scopes({}).fingerprint(), "");
}

}  // namespace
}  // namespace gantry::iam
