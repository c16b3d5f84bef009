#include "iam/cel.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <utility>

#include "iam/timestamp.h"

namespace gantry::iam {

// Recursive descent; an error is kept until the end, where the first one counts.
class CelExpression::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::vector<Node>> Run() {
    Or();
    SkipSpace();
    if (problem_.empty() && at_ < text_.size()) Fail("an operator (&& or ||) or the end");
    if (problem_.empty() && nodes_.size() > kNodesMax) problem_ = "it has too many parts";
    if (!problem_.empty()) return Refuse(problem_);
    return std::move(nodes_);
  }

  static Error Refuse(const std::string& problem) {
    return InvalidArgument("condition_invalid",
                           "the condition cannot be used: " + problem +
                               "; it may compare resource.name (==, !=, .startsWith, .endsWith) "
                               "with a text and request.time (<, <=, >, >=) with timestamp(\"…\"), "
                               "joined by &&, || and !");
  }

 private:
  void Fail(std::string_view expected) {
    if (!problem_.empty()) return;
    problem_ = std::string(expected) + " is expected at offset " + std::to_string(at_);
  }

  void SkipSpace() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool Take(std::string_view token) {
    SkipSpace();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void Expect(std::string_view token) {
    if (!Take(token)) Fail("'" + std::string(token) + "'");
  }

  // A word and the dots in it: "resource.name.startsWith".
  std::string_view Word() {
    SkipSpace();
    const size_t start = at_;
    const auto part = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '.';
    };
    while (at_ < text_.size() && part(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  std::string Text() {
    SkipSpace();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    std::string text;
    if (quote != '"' && quote != '\'') {
      Fail("a text in quotes");
      return text;
    }
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\') {
        const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (next != '\\' && next != '"' && next != '\'') break;
        ++at_;
      }
      text += text_[at_];
    }
    Expect(std::string_view(&quote, 1));
    return text;
  }

  void Push(Node node) { nodes_.push_back(std::move(node)); }

  void Or() {
    And();
    while (problem_.empty() && Take("||")) {
      And();
      Push({.kind = Kind::kOr});
    }
  }

  void And() {
    Unary();
    while (problem_.empty() && Take("&&")) {
      Unary();
      Push({.kind = Kind::kAnd});
    }
  }

  void Unary() {
    if (++depth_ > kDepthMax || nodes_.size() > kNodesMax) {
      if (problem_.empty()) problem_ = "it is nested too deeply or has too many parts";
    } else if (Take("!")) {
      Unary();
      Push({.kind = Kind::kNot});
    } else if (Take("(")) {
      Or();
      Expect(")");
    } else {
      Leaf();
    }
    --depth_;
  }

  void Leaf() {
    SkipSpace();
    const size_t start = at_;
    const std::string_view word = Word();
    if (word == "true" || word == "false") {
      Push({.kind = word == "true" ? Kind::kTrue : Kind::kFalse});
    } else if (word == "resource.name.startsWith" || word == "resource.name.endsWith") {
      Expect("(");
      Name(word.ends_with("startsWith") ? Kind::kPrefix : Kind::kSuffix, Order::kEqual);
      Expect(")");
    } else if (word == "resource.name") {
      const bool equal = Take("==");
      if (!equal) Expect("!=");
      Name(Kind::kName, equal ? Order::kEqual : Order::kNotEqual);
    } else if (word == "request.time") {
      TimeComparison();
    } else {
      at_ = start;
      Fail("resource.name or request.time");
    }
  }

  void Name(Kind kind, Order order) {
    std::string text = Text();
    // As Artifact Registry's own documents have it; it would never match.
    if (problem_.empty() && kind != Kind::kSuffix && text.starts_with("projects/")) {
      problem_ = "resource.name is ACCOUNT/repository/NAME or ACCOUNT/project/NAME here, not \"" +
                 text.substr(0, 64) + "\"";
    }
    Push({.kind = kind, .order = order, .text = std::move(text)});
  }

  void TimeComparison() {
    constexpr std::array<std::pair<std::string_view, Order>, 6> kOrders = {{
        {"<=", Order::kLessOrEqual},
        {"<", Order::kLess},
        {">=", Order::kGreaterOrEqual},
        {">", Order::kGreater},
        {"==", Order::kEqual},
        {"!=", Order::kNotEqual},
    }};
    const auto* const order = std::find_if(kOrders.begin(), kOrders.end(),
                                           [&](const auto& row) { return Take(row.first); });
    if (order == kOrders.end()) return Fail("a comparison such as <");
    Expect("timestamp");
    Expect("(");
    const std::string text = Text();
    Expect(")");
    const auto time = ParseTimestamp(text);
    if (problem_.empty() && !time) {
      problem_ = "\"" + text.substr(0, 64) + "\" is no time such as 2026-11-24T09:00:00Z";
    }
    Push({.kind = Kind::kTime, .order = order->second, .micros = time ? time->micros : 0});
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  std::vector<Node> nodes_;
  std::string problem_;
};

Result<CelExpression> CelExpression::Parse(std::string_view text) {
  if (text.size() > kLengthMax) return Parser::Refuse("it is longer than 4096 bytes");
  CelExpression expression;
  expression.text_ = text;
  TRY_ASSIGN(expression.nodes_, Parser(text).Run());
  return expression;
}

bool CelExpression::EvaluateLeaf(const Node& node, const std::string& name, int64_t now_micros) {
  if (node.kind == Kind::kPrefix) return name.starts_with(node.text);
  if (node.kind == Kind::kSuffix) return name.ends_with(node.text);
  if (node.kind == Kind::kName) return (name == node.text) == (node.order == Order::kEqual);
  if (node.kind != Kind::kTime) return node.kind == Kind::kTrue;
  switch (node.order) {
    case Order::kEqual:
      return now_micros == node.micros;
    case Order::kNotEqual:
      return now_micros != node.micros;
    case Order::kLess:
      return now_micros < node.micros;
    case Order::kLessOrEqual:
      return now_micros <= node.micros;
    case Order::kGreater:
      return now_micros > node.micros;
    case Order::kGreaterOrEqual:
      return now_micros >= node.micros;
  }
  return false;
}

bool CelExpression::Evaluate(const Request& request) const {
  const std::string name = request.resource.Text();
  std::bitset<kNodesMax + 1> stack;
  size_t size = 0;
  for (const Node& node : nodes_) {
    if (node.kind == Kind::kNot) {
      stack.flip(size - 1);
    } else if (node.kind == Kind::kAnd || node.kind == Kind::kOr) {
      const bool right = stack[--size];
      const bool left = stack[size - 1];
      stack[size - 1] = node.kind == Kind::kAnd ? left && right : left || right;
    } else {
      stack[size++] = EvaluateLeaf(node, name, request.context.now.micros);
    }
  }
  return stack[0];
}

bool CelExpression::IsFixed() const {
  return std::none_of(nodes_.begin(), nodes_.end(),
                      [](const Node& node) { return node.kind == Kind::kTime; });
}

}  // namespace gantry::iam
