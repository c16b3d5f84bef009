#include "iam/policy_document.h"

#include "iam/testing.h"

namespace gantry::iam {
namespace {

PolicyDocument Parsed(std::string_view text) {
  return Must(PolicyDocument::Parse(text, DocumentKind::kScope, Repository("app/api")));
}

std::string ProblemOf(std::string_view text, DocumentKind kind = DocumentKind::kScope) {
  const Resource scope =
      kind == DocumentKind::kScope ? Repository("app/api") : Resource::Account(Home());
  const auto document = PolicyDocument::Parse(text, kind, scope);
  return document.ok() ? "" : std::string(PolicyProblem(document.error()));
}

// "ECR: SetRepositoryPolicy", the example, and how it is written back.
TEST(PolicyDocumentTest, EcrsExample) {
  const PolicyDocument document =
      Parsed(R"({"Version":"2008-10-17","Statement":[{"Sid":"allow public pull","Effect":"Allow",)"
             R"("Principal":"*","Action":["ecr:BatchCheckLayerAvailability","ecr:BatchGetImage",)"
             R"("ecr:GetDownloadUrlForLayer"]}]})");
  ASSERT_EQ(document.statements.size(), 1u);
  const Statement& statement = document.statements.front();
  EXPECT_EQ(statement.id, "allow public pull");
  EXPECT_EQ(statement.Title(),
            "statement \"allow public pull\" of the repository policy of app/api");
  EXPECT_EQ(statement.actions, ActionSet{Action::kRepositoryPull});
  EXPECT_TRUE(statement.NamesResource(Repository("app/api")));
  EXPECT_FALSE(statement.NamesResource(Repository("app/web")));
  EXPECT_EQ(document.text, R"({
  "Version" : "2008-10-17",
  "Statement" : [ {
    "Sid" : "allow public pull",
    "Effect" : "Allow",
    "Principal" : "*",
    "Action" : [ "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer" ]
  } ]
})");
  EXPECT_EQ(Parsed(document.text).text, document.text);
}

TEST(PolicyDocumentTest, EveryElement) {
  const PolicyDocument document = Parsed(R"({
    "Version": "2012-10-17", "Id": "x",
    "Statement": {
      "Sid": "s", "Effect": "Deny",
      "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:user/alice", "444455556666"],
                       "Service": "codebuild.amazonaws.com"},
      "NotAction": "ecr:BatchGetImage",
      "NotResource": ["arn:aws:ecr:us-east-1:111122223333:repository/app/web"],
      "Condition": {"Bool": {"aws:SecureTransport": false},
                    "NumericLessThan": {"aws:EpochTime": [1795511700, 2.5]},
                    "StringLike": {"aws:UserAgent": "docker/*"}}
    }})");
  const Statement& statement = document.statements.front();
  EXPECT_EQ(statement.effect, Effect::kDeny);
  EXPECT_FALSE(statement.NamesPrincipal(User("alice")));
  EXPECT_TRUE(statement.NamesPrincipal(User("bob")));
  EXPECT_FALSE(statement.NamesPrincipal(User("bob", {}, Other())));
  EXPECT_EQ(statement.actions, ActionSet::All() - ActionSet{Action::kRepositoryPull});
  EXPECT_TRUE(statement.NamesResource(Repository("app/api")));
  EXPECT_FALSE(statement.NamesResource(Repository("app/web")));
  EXPECT_FALSE(statement.NamesResource(Repository("other")));  // not where the document stands
  EXPECT_EQ(statement.conditions.size(), 3u);
}

TEST(PolicyDocumentTest, KindsHaveTheirElements) {
  const char* with_both = R"({"Statement":[{"Effect":"Allow","Principal":"*",)"
                          R"("Action":"*","Resource":"*"}]})";
  const char* without_resource =
      R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"}]})";
  const char* without_principal =
      R"({"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
  EXPECT_EQ(ProblemOf(with_both), "");
  EXPECT_EQ(ProblemOf(without_resource), "");
  EXPECT_EQ(ProblemOf(without_principal), "statement 1: Principal is missing");
  EXPECT_EQ(ProblemOf(with_both, DocumentKind::kAccount), "");
  EXPECT_EQ(ProblemOf(without_resource, DocumentKind::kAccount),
            "statement 1: Resource is missing");
  EXPECT_EQ(ProblemOf(without_principal, DocumentKind::kIdentity), "");
  EXPECT_EQ(ProblemOf(with_both, DocumentKind::kIdentity),
            "statement 1: a policy of a principal has no Principal");
}

TEST(PolicyDocumentTest, NullCountsAsLeftOut) {
  EXPECT_EQ(ProblemOf(R"({"Version":null,"Statement":[{"Sid":null,"Effect":"Allow","Principal":"*",
                      "Action":"*","Condition":null,"Resource":null,"Extra":null}]})"),
            "");
}

TEST(PolicyDocumentTest, SaysWhatIsWrong) {
  const auto statement = [](std::string_view members) {
    return R"({"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"},{)" +
           std::string(members) + "}]}";
  };
  const struct {
    std::string text;
    const char* problem;
  } rows[] = {
      {"[]", "a policy is a JSON object"},
      {"{}", "Statement is neither"},
      {R"({"Statement":[]})", "Statement is neither"},
      {R"({"Version":"2020-01-01","Statement":[]})", "Version is neither"},
      {R"({"Statements":[]})", "the element \"Statements\" is not known"},
      {statement(""), "statement 2: Effect is neither"},
      {statement(R"("Effect":"allow")"), "statement 2: Effect is neither"},
      {statement(R"("Effect":"Deny","Action":"*")"), "Principal is missing"},
      {statement(R"("Effect":"Deny","Principal":"alice","Action":"*")"), "Principal is neither"},
      {statement(R"("Effect":"Deny","Principal":{},"Action":"*")"), "Principal is empty"},
      {statement(R"("Effect":"Deny","Principal":{"AWS":[]},"Action":"*")"), "Principal is neither"},
      {statement(R"("Effect":"Deny","Principal":{"AWS":"alice"},"Action":"*")"),
       "\"alice\" is no principal"},
      {statement(R"("Effect":"Deny","Principal":{"Federated":"x"},"Action":"*")"),
       "are not supported"},
      {statement(R"("Effect":"Deny","Principal":"*","NotPrincipal":"*","Action":"*")"),
       "exclude each other"},
      {statement(R"("Effect":"Deny","Principal":"*")"), "Action is missing"},
      {statement(R"("Effect":"Deny","Principal":"*","Action":[1])"), "not a text"},
      {statement(R"("Effect":"Deny","Principal":"*","Action":"ecr:PutImages")"),
       "did you mean ecr:PutImage?"},
      {statement(R"("Effect":"Deny","Principal":"*","Action":"*","Resource":"app")"),
       "\"app\" is no resource"},
      {statement(R"("Effect":"Deny","Principal":"*","Action":"*","Condition":{"Is":{"a":"b"}})"),
       "no condition operator is called \"Is\""},
      {statement(R"("Effect":"Deny","Principal":"*","Action":"*","Condition":{"StringEquals":{}})"),
       "is not an object with keys"},
      {statement(
           R"("Effect":"Deny","Principal":"*","Action":"*","Condition":{"StringEquals":{"aws:usrname":"b"}})"),
       "did you mean aws:username?"},
      {statement(R"("Effect":"Deny","Principal":"*","Action":"*","Conditions":{})"),
       "\"Conditions\" is not known"},
      {R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*",)"
       R"("Condition":{"StringEquals":{"aws:username":"${aws:userid}"}}}})",
       "are not supported"},
      {R"({"Statement":[{"Sid":"a","Effect":"Allow","Principal":"*","Action":"*"},)"
       R"({"Sid":"a","Effect":"Allow","Principal":"*","Action":"*"}]})",
       "the Sid \"a\" is there twice"},
      {R"({"Statement":[],"Statement":[]})", ""},
      {"{", ""},
  };
  for (const auto& row : rows) {
    const std::string problem = ProblemOf(row.text);
    EXPECT_FALSE(problem.empty()) << row.text;
    EXPECT_NE(problem.find(row.problem), std::string::npos) << row.text << ": " << problem;
  }
}

TEST(PolicyDocumentTest, EcrsSentencesAndLimit) {
  const auto repository = PolicyDocument::Parse("{}", DocumentKind::kScope, Repository("app"));
  EXPECT_EQ(repository.error().reason(), "repository_policy_invalid");
  EXPECT_EQ(repository.error().message(),
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository "
            "policy provided'");
  const auto registry =
      PolicyDocument::Parse("{}", DocumentKind::kAccount, Resource::Account(Home()));
  EXPECT_EQ(registry.error().reason(), "registry_policy_invalid");
  EXPECT_EQ(registry.error().message(),
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry "
            "policy provided'");
  const std::string text = R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}})";
  const std::string padding(PolicyDocument::kLengthMax - text.size(), ' ');
  EXPECT_EQ(ProblemOf(text + padding), "");
  const auto large =
      PolicyDocument::Parse(text + padding + " ", DocumentKind::kScope, Repository("app"));
  EXPECT_EQ(large.error().reason(), "policy_too_large");
}

}  // namespace
}  // namespace gantry::iam
