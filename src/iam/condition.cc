#include "iam/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/glob.h"
#include "base/suggest.h"
#include "iam/timestamp.h"

namespace gantry::iam {
namespace {

constexpr size_t kValueLengthMax = 2048;

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// "IAM: ArnEquals and ArnLike": each of the six parts that colons separate is checked on its own.
bool ArnMatches(std::string_view pattern, std::string_view arn) {
  for (int part = 0; part < 5; ++part) {
    const size_t pattern_end = pattern.find(':');
    const size_t arn_end = arn.find(':');
    if (pattern_end == std::string_view::npos || arn_end == std::string_view::npos) return false;
    if (!GlobMatches(pattern.substr(0, pattern_end), arn.substr(0, arn_end))) return false;
    pattern.remove_prefix(pattern_end + 1);
    arn.remove_prefix(arn_end + 1);
  }
  return GlobMatches(pattern, arn);
}

}  // namespace

struct Condition::Table {
  struct Row {
    std::string_view name;
    Type type;
    Relation relation;
    bool negated;
  };
  static constexpr Row kRows[] = {
      {"StringEquals", Type::kString, Relation::kEqual, false},
      {"StringNotEquals", Type::kString, Relation::kEqual, true},
      {"StringEqualsIgnoreCase", Type::kStringIgnoreCase, Relation::kEqual, false},
      {"StringNotEqualsIgnoreCase", Type::kStringIgnoreCase, Relation::kEqual, true},
      {"StringLike", Type::kLike, Relation::kEqual, false},
      {"StringNotLike", Type::kLike, Relation::kEqual, true},
      {"NumericEquals", Type::kNumber, Relation::kEqual, false},
      {"NumericNotEquals", Type::kNumber, Relation::kEqual, true},
      {"NumericLessThan", Type::kNumber, Relation::kLess, false},
      {"NumericLessThanEquals", Type::kNumber, Relation::kLessOrEqual, false},
      {"NumericGreaterThan", Type::kNumber, Relation::kGreater, false},
      {"NumericGreaterThanEquals", Type::kNumber, Relation::kGreaterOrEqual, false},
      {"DateEquals", Type::kDate, Relation::kEqual, false},
      {"DateNotEquals", Type::kDate, Relation::kEqual, true},
      {"DateLessThan", Type::kDate, Relation::kLess, false},
      {"DateLessThanEquals", Type::kDate, Relation::kLessOrEqual, false},
      {"DateGreaterThan", Type::kDate, Relation::kGreater, false},
      {"DateGreaterThanEquals", Type::kDate, Relation::kGreaterOrEqual, false},
      {"Bool", Type::kBool, Relation::kEqual, false},
      {"IpAddress", Type::kIp, Relation::kEqual, false},
      {"NotIpAddress", Type::kIp, Relation::kEqual, true},
      {"ArnEquals", Type::kArn, Relation::kEqual, false},
      {"ArnNotEquals", Type::kArn, Relation::kEqual, true},
      {"ArnLike", Type::kArn, Relation::kEqual, false},
      {"ArnNotLike", Type::kArn, Relation::kEqual, true},
      {"Null", Type::kNull, Relation::kEqual, false},
  };

  static Result<Operator> Find(std::string_view text) {
    Operator op;
    std::string_view name = text;
    if (name.starts_with("ForAllValues:")) op.quantifier = Quantifier::kForAllValues;
    if (name.starts_with("ForAnyValue:")) op.quantifier = Quantifier::kForAnyValue;
    if (op.quantifier != Quantifier::kNone) name.remove_prefix(name.find(':') + 1);
    op.if_exists = name.ends_with("IfExists");
    if (op.if_exists) name.remove_suffix(8);
    for (const Row& row : kRows) {
      if (row.name != name) continue;
      const bool bare = !op.if_exists && op.quantifier == Quantifier::kNone;
      if (row.type == Type::kNull && !bare) break;
      op.type = row.type;
      op.relation = row.relation;
      op.negated = row.negated;
      return op;
    }
    std::vector<std::string> names;
    for (const Row& row : kRows) names.emplace_back(row.name);
    std::string message =
        "no condition operator is called \"" + std::string(text.substr(0, 64)) + "\"";
    if (const auto nearest = Nearest(name, names); nearest && *nearest != name) {
      message += "; did you mean " + *nearest + "?";
    }
    return InvalidArgument("condition_operator_unknown", std::move(message));
  }
};

template <typename T>
bool Condition::Compare(Relation relation, T actual, T value) {
  switch (relation) {
    case Relation::kEqual:
      return actual == value;
    case Relation::kLess:
      return actual < value;
    case Relation::kLessOrEqual:
      return actual <= value;
    case Relation::kGreater:
      return actual > value;
    case Relation::kGreaterOrEqual:
      return actual >= value;
  }
  return false;
}

bool Condition::ReadNumber(std::string_view text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
}

bool Condition::ReadDate(std::string_view text, int64_t& micros) {
  if (const auto time = ParseTimestamp(text)) {
    micros = time->micros;
    return true;
  }
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr int64_t kSecondsMax = 253'402'300'799;  // the end of 9999
  if (error != std::errc() || end != text.data() + text.size() || seconds < 0 ||
      seconds > kSecondsMax) {
    return false;
  }
  micros = seconds * 1'000'000;
  return true;
}

Result<Condition::Value> Condition::ParseValue(Type type, std::string text) {
  Value value;
  bool good = text.size() <= kValueLengthMax;
  std::string_view what = "a text of at most 2048 bytes";
  switch (type) {
    case Type::kString:
    case Type::kLike:
      break;
    case Type::kStringIgnoreCase:
      text = Lower(text);
      break;
    case Type::kNumber:
      good = ReadNumber(text, value.number);
      what = "a number";
      break;
    case Type::kDate:
      good = ReadDate(text, value.micros);
      what = "a time such as 2026-11-24T09:00:00Z, or seconds since 1970";
      break;
    case Type::kBool:
    case Type::kNull:
      text = Lower(text);
      good = text == "true" || text == "false";
      what = "true or false";
      break;
    case Type::kIp: {
      const auto range = ParseIpRange(text);
      good = range.has_value();
      if (good) value.range = *range;
      what = "an address or a range such as 192.0.2.0/24 without bits set after the prefix";
      break;
    }
    case Type::kArn:
      good = good && std::count(text.begin(), text.end(), ':') >= 5;
      what = "an ARN of six parts";
      break;
  }
  if (!good) {
    return InvalidArgument("condition_value_invalid",
                           "\"" + text.substr(0, 64) + "\" is not " + std::string(what));
  }
  value.text = std::move(text);
  return value;
}

Result<Condition> Condition::Parse(std::string_view operator_text, std::string_view key,
                                   std::vector<std::string> values) {
  TRY_ASSIGN(const Operator op, Table::Find(operator_text));
  TRY_ASSIGN(ConditionKey parsed_key, ConditionKey::Parse(key));
  std::vector<Value> parsed;
  for (std::string& text : values) {
    auto value = ParseValue(op.type, std::move(text));
    if (!value.ok()) return std::move(value).error().In(operator_text);
    parsed.push_back(std::move(value).value());
  }
  if (parsed.empty() || (op.type == Type::kNull && parsed.size() != 1)) {
    return InvalidArgument("condition_value_invalid",
                           std::string(operator_text) + " needs " +
                               (op.type == Type::kNull ? "one value" : "a value"));
  }
  return Condition(operator_text, op, std::move(parsed_key), std::move(parsed));
}

bool Condition::FitsOne(const std::string& actual, const Value& value) const {
  switch (op_.type) {
    case Type::kString:
      return actual == value.text;
    case Type::kStringIgnoreCase:
    case Type::kBool:
      return Lower(actual) == value.text;
    case Type::kLike:
      return GlobMatches(value.text, actual);
    case Type::kNumber: {
      double number = 0;
      return ReadNumber(actual, number) && Compare(op_.relation, number, value.number);
    }
    case Type::kDate: {
      int64_t micros = 0;
      return ReadDate(actual, micros) && Compare(op_.relation, micros, value.micros);
    }
    case Type::kIp: {
      const auto address = ParseIpAddress(actual);
      return address && value.range.Contains(*address);
    }
    case Type::kArn:
      return ArnMatches(value.text, actual);
    case Type::kNull:
      break;
  }
  return false;
}

bool Condition::FitsAny(const std::string& actual) const {
  return std::any_of(values_.begin(), values_.end(),
                     [&](const Value& value) { return FitsOne(actual, value); });
}

bool Condition::Holds(const Request& request) const {
  const std::vector<std::string> actual = key_.Values(request);
  if (op_.type == Type::kNull) return actual.empty() == (values_.front().text == "true");
  if (actual.empty()) {
    if (op_.if_exists) return true;
    if (op_.quantifier != Quantifier::kNone) return op_.quantifier == Quantifier::kForAllValues;
    return op_.negated;
  }
  const auto good = [&](const std::string& text) { return FitsAny(text) != op_.negated; };
  // Without a quantifier, several values are what the operator would say of the list as a whole:
  // one of them fits, or, negated, none does.
  const bool all = op_.quantifier == Quantifier::kForAllValues ||
                   (op_.quantifier == Quantifier::kNone && op_.negated);
  return all ? std::all_of(actual.begin(), actual.end(), good)
             : std::any_of(actual.begin(), actual.end(), good);
}

std::string Condition::Text() const {
  std::string text = operator_text_ + ' ' + key_.text() + " = ";
  for (size_t i = 0; i < values_.size(); ++i) text += (i == 0 ? "" : ", ") + values_[i].text;
  return text;
}

}  // namespace gantry::iam
