#include "iam/policy_document.h"

#include <charconv>
#include <optional>
#include <set>
#include <utility>

#include "iam/action_pattern.h"
#include "iam/pretty_json.h"
#include "json/document.h"

namespace gantry::iam {
namespace {

constexpr json::Limits kLimits = {PolicyDocument::kLengthMax, 8, 10'000};

// Of a problem in a part; the document's own error is made around it.
Error Problem(std::string sentence) {
  return InvalidArgument("policy_invalid", std::move(sentence));
}

std::string Quoted(std::string_view text) { return '"' + std::string(text.substr(0, 64)) + '"'; }

// The member, where a null counts as none.
json::Value Member(json::Value object, std::string_view key) {
  const json::Value value = object.Find(key);
  return value && value.IsNull() ? json::Value() : value;
}

Result<void> RefuseOthers(json::Value object, std::initializer_list<std::string_view> known) {
  for (const auto [key, value] : object.Members()) {
    bool found = value.IsNull();
    for (const std::string_view name : known) found = found || key == name;
    if (!found) return Problem("the element " + Quoted(key) + " is not known");
  }
  return Ok();
}

// A text, or a list of texts with at least one.
Result<std::vector<std::string>> Texts(json::Value value, std::string_view element) {
  std::vector<std::string> texts;
  if (const auto text = value.String()) texts.emplace_back(*text);
  for (const json::Value item : value.Items()) {
    const auto text = item.String();
    if (!text) return Problem(std::string(element) + " has an item that is not a text");
    texts.emplace_back(*text);
  }
  if (texts.empty()) return Problem(std::string(element) + " is neither a text nor a list of some");
  return texts;
}

// A value of a condition; numbers and truths may stand there without quotes.
Result<std::string> ConditionText(json::Value value) {
  if (const auto text = value.String()) return std::string(*text);
  if (const auto truth = value.Bool()) return std::string(*truth ? "true" : "false");
  if (const auto number = value.Int()) return std::to_string(*number);
  if (const auto number = value.Double()) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, *number);
    return std::string(digits, end.ptr);
  }
  return Problem("a condition's value is neither a text nor a list of some");
}

// Reads one document; knows what it is attached to.
class Reader {
 public:
  Reader(DocumentKind kind, const Resource& scope) : kind_(kind), scope_(scope) {}

  Result<PolicyDocument> Document(json::Value root) {
    if (!root.IsObject()) return Problem("a policy is a JSON object");
    TRY(RefuseOthers(root, {"Version", "Id", "Statement"}));
    TRY(Version(Member(root, "Version")));
    if (const json::Value id = Member(root, "Id"); id && !id.String()) {
      return Problem("Id is not a text");
    }
    const json::Value statements = Member(root, "Statement");
    const bool one = statements && statements.IsObject();
    if (!one && (!statements || !statements.IsArray() || statements.size() == 0)) {
      return Problem("Statement is neither an object nor a list of some");
    }
    PolicyDocument document;
    document.kind = kind_;
    if (one) {
      TRY(Add(document, statements));
    }
    if (!one) {
      for (const json::Value item : statements.Items()) TRY(Add(document, item));
    }
    document.text = PrettyJson(root);
    return document;
  }

 private:
  Result<void> Version(json::Value value) {
    if (!value) return Ok();
    const auto version = value.String();
    variables_ = version == "2012-10-17";
    if (variables_ || version == "2008-10-17") return Ok();
    return Problem("Version is neither \"2012-10-17\" nor \"2008-10-17\"");
  }

  Result<void> Add(PolicyDocument& document, json::Value value) {
    auto statement = ReadStatement(value);
    if (!statement.ok()) {
      const std::string place = "statement " + std::to_string(document.statements.size() + 1);
      return std::move(statement).error().In(place);
    }
    document.statements.push_back(std::move(statement).value());
    return Ok();
  }

  Result<Statement> ReadStatement(json::Value value) {
    if (!value.IsObject()) return Problem("it is not an object");
    TRY(RefuseOthers(value, {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
                             "Resource", "NotResource", "Condition"}));
    Statement statement;
    statement.source = Source();
    if (kind_ == DocumentKind::kScope) statement.within = ResourcePattern::In(scope_);
    if (const json::Value sid = Member(value, "Sid")) {
      const auto text = sid.String();
      if (!text || text->size() > 256) return Problem("Sid is not a text of at most 256 bytes");
      if (!text->empty() && !ids_.emplace(*text).second) {
        return Problem("the Sid " + Quoted(*text) + " is there twice");
      }
      statement.id = *text;
    }
    const json::Value effect = Member(value, "Effect");
    const auto effect_text = effect ? effect.String() : std::nullopt;
    if (effect_text != "Allow" && effect_text != "Deny") {
      return Problem("Effect is neither \"Allow\" nor \"Deny\"");
    }
    statement.effect = effect_text == "Allow" ? Effect::kAllow : Effect::kDeny;
    TRY(Principals(value, statement));
    TRY(Actions(value, statement));
    TRY(Resources(value, statement));
    TRY(Conditions(value, statement));
    return statement;
  }

  std::string Source() const {
    switch (scope_.kind()) {
      case ResourceKind::kRepository:
        return "repository policy of " + std::string(scope_.repository());
      case ResourceKind::kProject:
        return "project policy of " + std::string(scope_.project());
      case ResourceKind::kAccount:
        break;
    }
    return "policy of account " + std::string(scope_.account().text());
  }

  // The one of two elements that is there, and whether it is the second; both are an error.
  static Result<std::pair<json::Value, bool>> Either(json::Value value, std::string_view plain,
                                                     std::string_view inverted) {
    const json::Value first = Member(value, plain);
    const json::Value second = Member(value, inverted);
    if (first && second) {
      return Problem(std::string(plain) + " and " + std::string(inverted) + " exclude each other");
    }
    return std::pair(first ? first : second, static_cast<bool>(second));
  }

  Result<void> Principals(json::Value value, Statement& statement) {
    TRY_ASSIGN(const auto element, Either(value, "Principal", "NotPrincipal"));
    const auto [principals, inverted] = element;
    if (kind_ == DocumentKind::kIdentity) {
      if (principals) return Problem("a policy of a principal has no Principal");
      return Ok();
    }
    if (!principals) return Problem("Principal is missing");
    statement.principals_inverted = inverted;
    if (principals.IsObject()) {
      for (const auto [type, names] : principals.Members()) {
        TRY(PrincipalsOfType(type, names, statement));
      }
      if (principals.size() == 0) return Problem("Principal is empty");
      return Ok();
    }
    if (principals.String() != "*") {
      return Problem("Principal is neither \"*\" nor an object such as {\"AWS\": …}");
    }
    statement.principals.push_back(PrincipalPattern::Anyone());
    return Ok();
  }

  Result<void> PrincipalsOfType(std::string_view type, json::Value names, Statement& statement) {
    TRY_ASSIGN(const auto texts, Texts(names, "Principal"));
    if (type == "Service") {
      statement.principals.push_back(PrincipalPattern::Nobody());
      return Ok();
    }
    if (type != "AWS") {
      return Problem("principals of kind " + Quoted(type) + " are not supported; write AWS");
    }
    for (const std::string& text : texts) {
      TRY_ASSIGN(auto pattern, PrincipalPattern::ParseAws(text, scope_.account()));
      statement.principals.push_back(std::move(pattern));
    }
    return Ok();
  }

  static Result<void> Actions(json::Value value, Statement& statement) {
    TRY_ASSIGN(const auto element, Either(value, "Action", "NotAction"));
    const auto [actions, inverted] = element;
    if (!actions) return Problem("Action is missing");
    TRY_ASSIGN(const auto texts, Texts(actions, "Action"));
    for (const std::string& text : texts) {
      TRY_ASSIGN(const ActionSet some, ParseActionPattern(text));
      statement.actions = statement.actions | some;
    }
    if (inverted) statement.actions = ActionSet::All() - statement.actions;
    return Ok();
  }

  Result<void> Resources(json::Value value, Statement& statement) {
    TRY_ASSIGN(const auto element, Either(value, "Resource", "NotResource"));
    const auto [resources, inverted] = element;
    if (!resources && kind_ != DocumentKind::kScope) return Problem("Resource is missing");
    statement.resources_inverted = inverted;
    if (!resources) {
      statement.resources.push_back(ResourcePattern::Everything());
      return Ok();
    }
    TRY_ASSIGN(const auto texts, Texts(resources, "Resource"));
    for (const std::string& text : texts) {
      TRY(RefuseVariables(text));
      TRY_ASSIGN(auto pattern, ResourcePattern::Parse(text, scope_.account()));
      statement.resources.push_back(std::move(pattern));
    }
    return Ok();
  }

  Result<void> Conditions(json::Value value, Statement& statement) {
    const json::Value block = Member(value, "Condition");
    if (!block) return Ok();
    if (!block.IsObject()) return Problem("Condition is not an object");
    for (const auto [operator_text, keys] : block.Members()) {
      if (!keys.IsObject() || keys.size() == 0) {
        return Problem("the condition " + Quoted(operator_text) + " is not an object with keys");
      }
      for (const auto [key, values] : keys.Members()) {
        std::vector<std::string> texts;
        if (!values.IsArray()) {
          TRY_ASSIGN(texts.emplace_back(), ConditionText(values));
        }
        for (const json::Value item : values.Items()) {
          TRY_ASSIGN(texts.emplace_back(), ConditionText(item));
        }
        for (const std::string& text : texts) TRY(RefuseVariables(text));
        TRY_ASSIGN(auto condition, Condition::Parse(operator_text, key, std::move(texts)));
        statement.conditions.push_back(std::move(condition));
      }
    }
    return Ok();
  }

  Result<void> RefuseVariables(std::string_view text) const {
    if (!variables_ || text.find("${") == std::string_view::npos) return Ok();
    return Problem("policy variables, as in " + Quoted(text) + ", are not supported");
  }

  DocumentKind kind_;
  const Resource& scope_;
  bool variables_ = false;
  std::set<std::string, std::less<>> ids_;
};

// "ECR: errors of SetRepositoryPolicy and PutRegistryPolicy"
Error Refusal(DocumentKind kind, const Error& problem) {
  const auto ecr = [](std::string_view what) {
    return "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid " +
           std::string(what) + " policy provided'";
  };
  const auto refuse = [&](const char* reason, std::string message) {
    return InvalidArgument(reason, std::move(message)).With("problem", problem.message());
  };
  switch (kind) {
    case DocumentKind::kScope:
      return refuse("repository_policy_invalid", ecr("repository"));
    case DocumentKind::kAccount:
      return refuse("registry_policy_invalid", ecr("registry"));
    case DocumentKind::kIdentity:
      break;
  }
  return refuse("policy_invalid", "the policy cannot be used: " + problem.message());
}

}  // namespace

Result<PolicyDocument> PolicyDocument::Parse(std::string_view text, DocumentKind kind,
                                             const Resource& scope) {
  if (text.size() > kLengthMax) {
    return Error(
        Code::kTooLarge, "policy_too_large",
        "a policy has at most 10240 bytes, but this one has " + std::to_string(text.size()));
  }
  const auto json = json::Document::Parse(text, kLimits);
  if (!json.ok()) return Refusal(kind, json.error());
  auto document = Reader(kind, scope).Document(json->root());
  if (!document.ok()) return Refusal(kind, document.error());
  return document;
}

std::string_view PolicyProblem(const Error& error) {
  for (const auto& [key, value] : error.detail()) {
    if (key == "problem") return value;
  }
  return error.message();
}

}  // namespace gantry::iam
