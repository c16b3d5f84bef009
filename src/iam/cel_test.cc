#include "iam/cel.h"

#include "iam/testing.h"
#include "iam/timestamp.h"

namespace gantry::iam {
namespace {

bool Evaluate(std::string_view text) {
  const Principal alice = User("alice");
  const Resource resource = Repository("app/api");
  const RequestContext context{.now = *ParseTimestamp("2026-11-24T09:15:00Z"),
                               .source_ip = "",
                               .user_agent = "",
                               .resource_tags = {},
                               .request_tags = {}};
  const auto expression = Must(CelExpression::Parse(text));
  return expression.Evaluate({alice, Action::kRepositoryPull, resource, context});
}

TEST(CelTest, Values) {
  const struct {
    const char* text;
    bool value;
  } rows[] = {
      {"true", true},
      {"false", false},
      {"!true", false},
      {"! ! true", true},
      {"resource.name == \"111122223333/repository/app/api\"", true},
      {"resource.name != '111122223333/repository/app/api'", false},
      {"resource.name.startsWith(\"111122223333/repository/app/\")", true},
      {"resource.name.startsWith( '111122223333/repository/web/' )", false},
      {"resource.name.endsWith(\"/api\")", true},
      {"request.time < timestamp(\"2026-11-24T09:15:00Z\")", false},
      {"request.time <= timestamp(\"2026-11-24T09:15:00Z\")", true},
      {"request.time > timestamp(\"2026-11-24T09:14:59Z\")", true},
      {"request.time >= timestamp(\"2026-11-25T00:00:00Z\")", false},
      {"request.time == timestamp('2026-11-24T09:15:00Z')", true},
      {"request.time != timestamp('2026-11-24T09:15:00Z')", false},
      {"true || false && false", true},
      {"(true || false) && false", false},
      {"false || true && true", true},
      {"!false && false", false},
      {"!(false && false)", true},
      {"true && true && false", false},
      {"false || false || true", true},
      {"\n resource.name.startsWith('1')\t&&request.time<timestamp('2027-01-01T00:00:00Z')", true},
      {"resource.name == 'a\\'b\\\\'", false},
  };
  for (const auto& row : rows) EXPECT_EQ(Evaluate(row.text), row.value) << row.text;
}

TEST(CelTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           "resource",
                           "resource.name",
                           "resource.name == ",
                           "resource.name == name",
                           "resource.name < 'x'",
                           "resource.type == 'x'",
                           "request.time < 'x'",
                           "request.time < timestamp('x')",
                           "request.time < timestamp(\"2026-11-24T09:15:00Z\"",
                           "true &&",
                           "true & true",
                           "true true",
                           "(true",
                           "true)",
                           "&& true",
                           "!",
                           "1 == 1",
                           "resource.name.matches('.*')",
                           "resource.name.startsWith('a)",
                           "resource.name == 'a\\n'",
                           "api.getAttribute('x', []).hasOnly([])",
                           "true ? true : false",
                           "resource.name.startsWith('projects/p/locations/l/repositories/r')"}) {
    const auto expression = CelExpression::Parse(text);
    ASSERT_FALSE(expression.ok()) << text;
    EXPECT_EQ(expression.error().reason(), "condition_invalid");
  }
  const auto error = CelExpression::Parse("true && resource.size > 3").error();
  EXPECT_NE(error.message().find("at offset 8"), std::string::npos) << error.message();
}

TEST(CelTest, IsBounded) {
  const auto nested = [](int depth) {
    const auto count = static_cast<size_t>(depth);
    return std::string(count, '(') + "true" + std::string(count, ')');
  };
  EXPECT_TRUE(CelExpression::Parse(nested(CelExpression::kDepthMax - 1)).ok());
  EXPECT_FALSE(CelExpression::Parse(nested(CelExpression::kDepthMax)).ok());
  EXPECT_FALSE(CelExpression::Parse(std::string(1000, '!') + "true").ok());
  std::string chain = "true";
  for (size_t i = 1; i < CelExpression::kNodesMax / 2; ++i) chain += "||true";
  EXPECT_TRUE(CelExpression::Parse(chain).ok());
  EXPECT_FALSE(CelExpression::Parse(chain + "||true||true").ok());
  EXPECT_FALSE(CelExpression::Parse(std::string(5000, ' ') + "true").ok());
}

TEST(CelTest, KnowsWhetherItReadsTheClock) {
  EXPECT_TRUE(Must(CelExpression::Parse("resource.name == 'x'")).IsFixed());
  EXPECT_FALSE(
      Must(CelExpression::Parse("true || request.time < timestamp('2026-01-01T00:00:00Z')"))
          .IsFixed());
}

}  // namespace
}  // namespace gantry::iam
