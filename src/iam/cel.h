#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/request.h"

namespace gantry::iam {

// A condition of a binding, in the part of CEL that a registry needs:
//
//   or      = and { "||" and }
//   and     = unary { "&&" unary }
//   unary   = "!" unary | "(" or ")" | "true" | "false" | name | time
//   name    = "resource.name" ( ".startsWith(" STRING ")" | ".endsWith(" STRING ")"
//                             | "==" STRING | "!=" STRING )
//   time    = "request.time" ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) "timestamp(" STRING ")"
//   STRING  = "…" or '…', with the escapes \\ \" \' only
//
// resource.name is the text of the resource, "ACCOUNT/repository/NAME" (iam/resource.h).
// Anything else is refused with a sentence. Immutable; threads: any.
class CelExpression {
 public:
  static constexpr size_t kLengthMax = 4096;  // bytes
  static constexpr size_t kNodesMax = 256;
  static constexpr int kDepthMax = 32;  // of parentheses and negations within each other

  // invalid_argument/condition_invalid
  static Result<CelExpression> Parse(std::string_view text);

  bool Evaluate(const Request& request) const;
  // Whether the value depends on nothing but the principal, the action and the resource's name.
  bool IsFixed() const;
  const std::string& text() const { return text_; }

 private:
  class Parser;
  enum class Kind : uint8_t { kTrue, kFalse, kNot, kAnd, kOr, kName, kPrefix, kSuffix, kTime };
  enum class Order : uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  // In post-order: the operands of a node stand before it, so that a loop evaluates them.
  struct Node {
    Kind kind;
    Order order = Order::kEqual;  // of kName and kTime
    int64_t micros = 0;           // of kTime
    std::string text{};           // of kName, kPrefix and kSuffix
  };

  CelExpression() = default;
  static bool EvaluateLeaf(const Node& node, const std::string& name, int64_t now_micros);

  std::string text_;
  std::vector<Node> nodes_;
};

}  // namespace gantry::iam
