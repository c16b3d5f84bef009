#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/condition_key.h"
#include "iam/ip_range.h"
#include "iam/request.h"

namespace gantry::iam {

// One line of a condition block: an operator, a key, and values of which one must fit (with a
// negated operator: none may).
//
// Operators ("IAM: Condition operators"): StringEquals, StringEqualsIgnoreCase, StringLike,
// NumericEquals, NumericLessThan(Equals), NumericGreaterThan(Equals), Date… likewise, Bool,
// IpAddress, ArnEquals, ArnLike, with their Not… forms, and Null. "IfExists" after one: true when
// the key is absent. Without it, an absent key makes a negated operator true and any other false.
// "ForAllValues:" before one: every value of the request must fit (true for an absent key);
// "ForAnyValue:": at least one must (false for an absent key). Threads: any, it is immutable.
class Condition {
 public:
  // invalid_argument/condition_operator_unknown, /condition_key_unknown, /condition_value_invalid
  static Result<Condition> Parse(std::string_view operator_text, std::string_view key,
                                 std::vector<std::string> values);

  bool Holds(const Request& request) const;
  const ConditionKey& key() const { return key_; }
  // "StringEquals aws:username = alice, bob", for people.
  std::string Text() const;

 private:
  enum class Type : uint8_t {
    kString,
    kStringIgnoreCase,
    kLike,
    kNumber,
    kDate,
    kBool,
    kIp,
    kArn,
    kNull
  };
  enum class Relation : uint8_t { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  enum class Quantifier : uint8_t { kNone, kForAllValues, kForAnyValue };
  struct Operator {
    Type type = Type::kString;
    Relation relation = Relation::kEqual;
    bool negated = false;
    bool if_exists = false;
    Quantifier quantifier = Quantifier::kNone;
  };
  // A value as its operator reads it.
  struct Value {
    std::string text;
    double number = 0;
    int64_t micros = 0;
    IpRange range;
  };
  struct Table;

  Condition(std::string_view operator_text, Operator op, ConditionKey key,
            std::vector<Value> values)
      : operator_text_(operator_text), op_(op), key_(std::move(key)), values_(std::move(values)) {}
  static Result<Value> ParseValue(Type type, std::string text);
  template <typename T>
  static bool Compare(Relation relation, T actual, T value);
  static bool ReadNumber(std::string_view text, double& number);
  static bool ReadDate(std::string_view text, int64_t& micros);
  bool FitsOne(const std::string& actual, const Value& value) const;
  bool FitsAny(const std::string& actual) const;

  std::string operator_text_;
  Operator op_;
  ConditionKey key_;
  std::vector<Value> values_;
};

}  // namespace gantry::iam
