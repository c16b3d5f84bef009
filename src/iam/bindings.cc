#include "iam/bindings.h"

#include <algorithm>
#include <utility>

#include "json/document.h"
#include "json/writer.h"

namespace gantry::iam {
namespace {

constexpr size_t kTextLengthMax = 1024;  // of a role, a title, a description, an etag

Error Invalid(std::string sentence) {
  return InvalidArgument("bindings_invalid", "the policy cannot be used: " + std::move(sentence));
}

json::Value Member(json::Value object, std::string_view key) {
  const json::Value value = object.Find(key);
  return value && value.IsNull() ? json::Value() : value;
}

// "" when it is left out.
Result<std::string> Text(json::Value object, std::string_view key) {
  const json::Value value = Member(object, key);
  if (!value) return std::string();
  const auto text = value.String();
  if (!text || text->size() > kTextLengthMax) {
    return Invalid(std::string(key) + " is not a text of at most 1024 bytes");
  }
  return std::string(*text);
}

Result<void> RefuseOthers(json::Value object, std::initializer_list<std::string_view> known) {
  for (const auto [key, value] : object.Members()) {
    if (value.IsNull() || std::find(known.begin(), known.end(), key) != known.end()) continue;
    return Invalid("the field \"" + std::string(key.substr(0, 64)) + "\" is not known");
  }
  return Ok();
}

Result<BindingCondition> ReadCondition(json::Value value) {
  if (!value.IsObject()) return Invalid("a condition is not an object");
  TRY(RefuseOthers(value, {"title", "description", "expression", "location"}));
  TRY_ASSIGN(std::string title, Text(value, "title"));
  TRY_ASSIGN(std::string description, Text(value, "description"));
  const json::Value expression = Member(value, "expression");
  const auto text = expression ? expression.String() : std::nullopt;
  if (!text) return Invalid("a condition has no expression");
  TRY_ASSIGN(auto parsed, CelExpression::Parse(*text));
  return BindingCondition{std::move(title), std::move(description), std::move(parsed)};
}

Result<Binding> ReadBinding(json::Value value, const AccountId& home) {
  if (!value.IsObject()) return Invalid("a binding is not an object");
  TRY(RefuseOthers(value, {"role", "members", "condition"}));
  Binding binding;
  TRY_ASSIGN(binding.role, Text(value, "role"));
  if (binding.role.empty()) return Invalid("a binding has no role");
  const json::Value members = Member(value, "members");
  if (members && !members.IsArray()) return Invalid("members is not a list");
  if (members) {
    for (const json::Value item : members.Items()) {
      const auto member = item.String();
      if (!member) return Invalid("a member is not a text");
      TRY_ASSIGN(auto pattern, PrincipalPattern::ParseMember(*member, home));
      binding.members.emplace_back(*member);
      binding.patterns.push_back(std::move(pattern));
    }
  }
  if (const json::Value condition = Member(value, "condition")) {
    TRY_ASSIGN(binding.condition, ReadCondition(condition));
  }
  return binding;
}

Result<void> CheckVersion(json::Value value) {
  if (!value) return Ok();
  const auto version = value.Int();
  if (version == 0 || version == 1 || version == 3) return Ok();
  return Invalid("version is neither 0, 1 nor 3");
}

}  // namespace

Result<Bindings> Bindings::Parse(std::string_view text, const AccountId& home) {
  const auto too_large = [](std::string sentence) {
    return Error(Code::kTooLarge, "bindings_too_large", std::move(sentence));
  };
  if (text.size() > kLengthMax) {
    return too_large("a policy has at most 65536 bytes, but this one has " +
                     std::to_string(text.size()));
  }
  const auto json = json::Document::Parse(text, {kLengthMax, 8, 20'000});
  if (!json.ok()) return Invalid(json.error().message());
  const json::Value root = json->root();
  if (!root.IsObject()) return Invalid("it is not a JSON object");
  TRY(RefuseOthers(root, {"version", "etag", "bindings", "kind", "resourceId"}));
  TRY(CheckVersion(Member(root, "version")));
  Bindings result;
  TRY_ASSIGN(result.etag, Text(root, "etag"));
  const json::Value bindings = Member(root, "bindings");
  if (!bindings) return result;
  if (!bindings.IsArray()) return Invalid("bindings is not a list");
  size_t members = 0;
  for (const json::Value item : bindings.Items()) {
    TRY_ASSIGN(auto binding, ReadBinding(item, home));
    members += binding.members.size();
    if (members > kMembersMax) return too_large("a policy has at most 1500 members");
    result.bindings.push_back(std::move(binding));
  }
  return result;
}

std::string Bindings::Print() const {
  const bool conditional =
      std::any_of(bindings.begin(), bindings.end(),
                  [](const Binding& binding) { return binding.condition.has_value(); });
  std::string text;
  json::Writer writer(text);
  writer.BeginObject().Key("version").Int(conditional ? 3 : 1);
  if (!etag.empty()) writer.Key("etag").String(etag);
  if (!bindings.empty()) writer.Key("bindings").BeginArray();
  for (const Binding& binding : bindings) {
    writer.BeginObject().Key("role").String(binding.role).Key("members").BeginArray();
    for (const std::string& member : binding.members) writer.String(member);
    writer.EndArray();
    if (binding.condition) {
      writer.Key("condition").BeginObject().Key("title").String(binding.condition->title);
      if (!binding.condition->description.empty()) {
        writer.Key("description").String(binding.condition->description);
      }
      writer.Key("expression").String(binding.condition->expression.text()).EndObject();
    }
    writer.EndObject();
  }
  if (!bindings.empty()) writer.EndArray();
  writer.EndObject();
  return text;
}

}  // namespace gantry::iam
