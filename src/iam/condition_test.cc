#include "iam/condition.h"

#include "iam/ip_range.h"
#include "iam/testing.h"
#include "iam/timestamp.h"

namespace gantry::iam {
namespace {

struct Row {
  const char* operator_text;
  const char* key;
  std::vector<std::string> values;
  bool holds;
};

// A request with something for every key.
class ConditionTest : public testing::Test {
 protected:
  ConditionTest() {
    alice_.attributes = {{"team", "core"}, {"level", "7"}};
    context_.now = *ParseTimestamp("2026-11-24T09:15:00Z");
    context_.source_ip = "203.0.113.9";
    context_.user_agent = "docker/27";
    context_.secure_transport = true;
    context_.resource_tags = {{"env", "prod"}};
    context_.request_tags = {{"env", "prod"}, {"owner", "core"}};
  }

  void Check(std::initializer_list<Row> rows) {
    for (const Row& row : rows) {
      const auto condition = Must(Condition::Parse(row.operator_text, row.key, row.values));
      EXPECT_EQ(condition.Holds(request_), row.holds) << condition.Text();
    }
  }

  Principal alice_ = User("alice", {"devs", "ops"});
  Resource resource_ = Repository("app/api");
  RequestContext context_;
  Request request_{alice_, Action::kRepositoryPull, resource_, context_};
};

TEST_F(ConditionTest, Strings) {
  Check({
      {"StringEquals", "aws:username", {"alice"}, true},
      {"StringEquals", "AWS:UserName", {"alice"}, true},
      {"StringEquals", "aws:username", {"Alice"}, false},
      {"StringEquals", "aws:username", {"al*"}, false},
      {"StringEquals", "aws:username", {"bob", "alice"}, true},
      {"StringNotEquals", "aws:username", {"bob", "alice"}, false},
      {"StringNotEquals", "aws:username", {"bob", "carol"}, true},
      {"StringEqualsIgnoreCase", "aws:username", {"ALICE"}, true},
      {"StringNotEqualsIgnoreCase", "aws:username", {"ALICE"}, false},
      {"StringLike", "aws:UserAgent", {"docker/*"}, true},
      {"StringLike", "aws:UserAgent", {"DOCKER/*"}, false},
      {"StringNotLike", "aws:UserAgent", {"docker/*"}, false},
      {"StringEquals", "aws:PrincipalTag/team", {"core"}, true},
      {"StringEquals", "aws:PrincipalTag/Team", {"core"}, false},
      {"StringEquals", "ecr:ResourceTag/env", {"prod"}, true},
      {"StringEquals", "aws:ResourceTag/env", {"dev"}, false},
      {"StringEquals", "aws:RequestTag/owner", {"core"}, true},
      {"StringEquals", "aws:PrincipalAccount", {"111122223333"}, true},
      {"StringEquals", "aws:ResourceAccount", {"111122223333"}, true},
      {"StringEquals", "aws:PrincipalType", {"User"}, true},
      {"StringEquals", "gantry:Principal", {"user:alice"}, true},
      {"StringEquals", "gantry:Project", {"app"}, true},
      {"StringLike", "gantry:Repository", {"app/*"}, true},
      {"StringEquals", "gantry:Action", {"repository:Pull"}, true},
  });
}

TEST_F(ConditionTest, NumbersDatesTruthsAddressesArns) {
  Check({
      {"NumericEquals", "aws:PrincipalTag/level", {"7.0"}, true},
      {"NumericNotEquals", "aws:PrincipalTag/level", {"7"}, false},
      {"NumericLessThan", "aws:PrincipalTag/level", {"7"}, false},
      {"NumericLessThanEquals", "aws:PrincipalTag/level", {"7"}, true},
      {"NumericGreaterThan", "aws:PrincipalTag/level", {"6.5"}, true},
      {"NumericGreaterThanEquals", "aws:PrincipalTag/level", {"8"}, false},
      {"NumericEquals", "aws:PrincipalTag/team", {"7"}, false},
      {"DateGreaterThan", "aws:CurrentTime", {"2026-11-24T09:14:59Z"}, true},
      {"DateLessThan", "aws:CurrentTime", {"2026-11-24T10:14:00+01:00"}, false},
      {"DateLessThanEquals", "aws:CurrentTime", {"2026-11-24T10:15:00+01:00"}, true},
      {"DateEquals", "aws:CurrentTime", {"2026-11-24T09:15Z"}, true},
      {"DateNotEquals", "aws:CurrentTime", {"2026-11-24"}, true},
      {"DateGreaterThanEquals", "aws:EpochTime", {"1795511700"}, true},
      {"NumericGreaterThan", "aws:EpochTime", {"1795511700"}, false},
      {"Bool", "aws:SecureTransport", {"true"}, true},
      {"Bool", "aws:SecureTransport", {"False"}, false},
      {"Bool", "aws:ViaAWSService", {"false"}, true},
      {"IpAddress", "aws:SourceIp", {"203.0.113.0/24"}, true},
      {"IpAddress", "aws:SourceIp", {"203.0.113.8/31", "10.0.0.0/8"}, true},
      {"IpAddress", "aws:SourceIp", {"203.0.113.10"}, false},
      {"NotIpAddress", "aws:SourceIp", {"203.0.113.0/24"}, false},
      {"NotIpAddress", "aws:SourceIp", {"2001:db8::/32"}, true},
      {"ArnEquals", "aws:PrincipalArn", {"arn:aws:iam::111122223333:user/alice"}, true},
      {"ArnLike", "aws:PrincipalArn", {"arn:aws:iam::*:user/*"}, true},
      {"ArnLike", "aws:PrincipalArn", {"arn:*:user/alice:::"}, false},
      {"ArnNotLike", "aws:PrincipalArn", {"arn:aws:iam::*:user/a*"}, false},
      {"ArnNotEquals", "aws:PrincipalArn", {"arn:aws:iam::111122223333:user/bob"}, true},
  });
}

// "IAM: Condition operators", about a key that is not in the request.
TEST_F(ConditionTest, AbsentKeys) {
  Check({
      {"StringEquals", "aws:PrincipalTag/none", {"x"}, false},
      {"StringNotEquals", "aws:PrincipalTag/none", {"x"}, true},
      {"StringEqualsIfExists", "aws:PrincipalTag/none", {"x"}, true},
      {"StringEqualsIfExists", "aws:PrincipalTag/team", {"x"}, false},
      {"StringNotEqualsIfExists", "aws:PrincipalTag/none", {"x"}, true},
      {"NumericLessThan", "aws:PrincipalTag/none", {"1"}, false},
      {"BoolIfExists", "aws:MultiFactorAuthPresent", {"true"}, true},
      {"Bool", "aws:MultiFactorAuthPresent", {"true"}, false},
      {"StringEquals", "aws:PrincipalOrgID", {"o-1"}, false},
      {"Null", "aws:PrincipalTag/none", {"true"}, true},
      {"Null", "aws:PrincipalTag/none", {"false"}, false},
      {"Null", "aws:PrincipalTag/team", {"true"}, false},
      {"Null", "aws:PrincipalTag/team", {"false"}, true},
  });
  context_.source_ip = "";
  Check({{"IpAddress", "aws:SourceIp", {"0.0.0.0/0"}, false},
         {"NotIpAddress", "aws:SourceIp", {"10.0.0.0/8"}, true}});
}

// "IAM: Set operators for multivalued context keys"
TEST_F(ConditionTest, SeveralValues) {
  Check({
      {"ForAnyValue:StringEquals", "gantry:Groups", {"devs"}, true},
      {"ForAnyValue:StringEquals", "gantry:Groups", {"admins"}, false},
      {"ForAllValues:StringEquals", "gantry:Groups", {"devs"}, false},
      {"ForAllValues:StringEquals", "gantry:Groups", {"devs", "ops", "x"}, true},
      {"ForAllValues:StringLike", "aws:TagKeys", {"env", "own*"}, true},
      {"ForAnyValue:StringNotEquals", "gantry:Groups", {"devs"}, true},
      {"ForAllValues:StringNotEquals", "gantry:Groups", {"devs"}, false},
      {"ForAllValues:StringNotEquals", "gantry:Groups", {"admins"}, true},
      {"StringEquals", "gantry:Groups", {"devs"}, true},
      {"StringNotEquals", "gantry:Groups", {"devs"}, false},
      {"ForAllValues:StringEquals", "aws:PrincipalTag/none", {"x"}, true},
      {"ForAnyValue:StringEquals", "aws:PrincipalTag/none", {"x"}, false},
      {"ForAnyValue:StringEqualsIfExists", "aws:PrincipalTag/none", {"x"}, true},
  });
}

TEST_F(ConditionTest, RefusesWhatItDoesNotKnow) {
  const auto reason = [](const char* op, const char* key, std::vector<std::string> values) {
    const auto condition = Condition::Parse(op, key, std::move(values));
    return condition.ok() ? std::string("ok") : std::string(condition.error().reason());
  };
  EXPECT_EQ(reason("StringEqual", "aws:username", {"a"}), "condition_operator_unknown");
  EXPECT_EQ(reason("stringequals", "aws:username", {"a"}), "condition_operator_unknown");
  EXPECT_EQ(reason("BinaryEquals", "aws:username", {"a"}), "condition_operator_unknown");
  EXPECT_EQ(reason("NullIfExists", "aws:username", {"true"}), "condition_operator_unknown");
  EXPECT_EQ(reason("ForSomeValues:StringEquals", "aws:username", {"a"}),
            "condition_operator_unknown");
  EXPECT_EQ(reason("StringEquals", "aws:usrname", {"a"}), "condition_key_unknown");
  EXPECT_EQ(reason("StringEquals", "aws:PrincipalTag/", {"a"}), "condition_key_unknown");
  EXPECT_EQ(reason("StringEquals", "aws:PrincipalTag", {"a"}), "condition_key_unknown");
  EXPECT_EQ(reason("StringEquals", "aws:username/x", {"a"}), "condition_key_unknown");
  EXPECT_EQ(reason("StringEquals", "aws:username", {}), "condition_value_invalid");
  EXPECT_EQ(reason("NumericEquals", "aws:EpochTime", {"1x"}), "condition_value_invalid");
  EXPECT_EQ(reason("NumericEquals", "aws:EpochTime", {"nan"}), "condition_value_invalid");
  EXPECT_EQ(reason("DateEquals", "aws:CurrentTime", {"yesterday"}), "condition_value_invalid");
  EXPECT_EQ(reason("Bool", "aws:SecureTransport", {"yes"}), "condition_value_invalid");
  EXPECT_EQ(reason("IpAddress", "aws:SourceIp", {"203.0.113.9/24"}), "condition_value_invalid");
  EXPECT_EQ(reason("ArnLike", "aws:PrincipalArn", {"alice"}), "condition_value_invalid");
  EXPECT_EQ(reason("Null", "aws:username", {"true", "false"}), "condition_value_invalid");
}

TEST(IpRangeTest, BothVersions) {
  const auto contains = [](const char* range, const char* address) {
    return ParseIpRange(range)->Contains(*ParseIpAddress(address));
  };
  EXPECT_TRUE(contains("0.0.0.0/0", "255.1.2.3"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "10.0.0.1"));
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.255"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  for (const char* text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0/8", "10.0.0.1/8",
                           "::1/129", "x", "10.0.0.0/8 ", "1.2.3.4/+8"}) {
    EXPECT_FALSE(ParseIpRange(text).has_value()) << text;
  }
}

TEST(TimestampTest, Forms) {
  const auto micros = [](const char* text) { return ParseTimestamp(text)->micros; };
  EXPECT_EQ(micros("1970-01-01"), 0);
  EXPECT_EQ(micros("1970-01-02T00:00:00Z"), 86'400'000'000);
  EXPECT_EQ(micros("2026-11-24T09:15:00Z"), 1'795'511'700'000'000);
  EXPECT_EQ(micros("2026-11-24T09:15:00.25Z"), 1'795'511'700'250'000);
  EXPECT_EQ(micros("2026-11-24T09:15:00.1234567Z"), 1'795'511'700'123'456);
  EXPECT_EQ(micros("2026-11-24T10:45:00+01:30"), 1'795'511'700'000'000);
  EXPECT_EQ(micros("2026-11-24T08:15:00-0100"), 1'795'511'700'000'000);
  EXPECT_EQ(FormatTime(*ParseTimestamp("2024-02-29T23:59:59.999999Z")),
            "2024-02-29T23:59:59.999999Z");
  for (const char* text :
       {"", "2026", "2026-13-01", "2026-02-29", "2026-11-24T", "2026-11-24T09:15:00",
        "2026-11-24T24:00:00Z", "2026-11-24T09:15:00.Z", "2026-11-24 09:15:00Z", "1969-12-31",
        "1970-01-01T00:00:00+01:00", "2026-11-24T09:15:00Zx", "2026-00-10", "2026-01-00"}) {
    EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace gantry::iam
