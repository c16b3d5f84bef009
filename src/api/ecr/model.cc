#include "api/ecr/model.h"

#include <algorithm>

#include "base/assert.h"
#include "base/encoding.h"

namespace gantry::api::ecr {
namespace {

using Type = Shape::Type;

// As AWS writes it; the model has another that means the same.
constexpr std::string_view kRepositoryNameShown =
    "(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*";

constexpr std::pair<std::string_view, Type> kTypes[] = {
    {"structure", Type::kStructure}, {"list", Type::kList},    {"string", Type::kString},
    {"integer", Type::kInteger},     {"long", Type::kInteger}, {"boolean", Type::kBoolean},
    {"blob", Type::kBlob},
};

Type TypeOf(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& row) { return row.first == name; });
  GANTRY_ASSERT(found != std::end(kTypes));
  return found->second;
}

std::optional<int64_t> NumberAt(json::Value value, std::string_view key) {
  const json::Value member = value.Find(key);
  return member ? member.Int() : std::nullopt;
}

// A place in the input, on the stack of whoever looks at it.
struct Place {
  const Place* parent = nullptr;
  std::string_view name;
  size_t item = 0;  // 1 for the first of a list; 0: a member

  std::string Text() const {
    std::string text = parent == nullptr ? "" : parent->Text();
    if (!text.empty()) text += '.';
    return text + (item == 0 ? std::string(name) : std::to_string(item) + ".member");
  }
};

Error Refuse(const Place& place, const std::string& constraint) {
  return ParameterInvalid(place.Text(), constraint);
}

Error WrongType(const Place& place, const char* type) {
  const std::string at = place.Text();
  return InvalidArgument("body_invalid", (at.empty() ? "the body" : at) + " is not " + type);
}

int64_t CodePoints(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

Result<void> CheckRange(const Shape& shape, const Place& place, int64_t number, const char* what) {
  const auto refuse = [&](const char* than, int64_t bound) {
    return Refuse(place, "Member must have " + std::string(what) + " " + than +
                             " than or equal to " + std::to_string(bound));
  };
  if (shape.min && number < *shape.min) return refuse("greater", *shape.min);
  if (shape.max && number > *shape.max) return refuse("less", *shape.max);
  return Ok();
}

Result<void> CheckText(const Shape& shape, const Place& place, json::Value value) {
  const auto text = value.String();
  if (!text) return WrongType(place, "a string");
  TRY(CheckRange(shape, place, CodePoints(*text), "length"));
  if (shape.regex && !shape.regex->Matches(*text)) {
    return Refuse(place, "must satisfy regular expression '" + shape.pattern + "'");
  }
  if (shape.enumeration.empty()) return Ok();
  std::string all;
  for (const std::string& one : shape.enumeration) {
    if (one == *text) return Ok();
    all += (all.empty() ? "" : ", ") + one;
  }
  return Refuse(place, "Member must satisfy enum value set: [" + all + "]");
}

Result<void> CheckBlob(const Shape& shape, const Place& place, json::Value value) {
  const auto text = value.String();
  // Four characters for three bytes; the last three may be two or one of them and padding.
  const size_t padding =
      text ? std::min<size_t>(
                 2, text->size() - std::min(text->size(), text->find_last_not_of('=') + 1))
           : 0;
  if (!text || text->size() % 4 != 0) return WrongType(place, "a base64 text");
  const auto bytes = static_cast<int64_t>(text->size() / 4 * 3 - padding);
  return CheckRange(shape, place, bytes, "length");
}

Result<void> CheckAt(const Shape& shape, const Place& place, json::Value value);

Result<void> CheckList(const Shape& shape, const Place& place, json::Value value) {
  if (!value.IsArray()) return WrongType(place, "a list");
  TRY(CheckRange(shape, place, static_cast<int64_t>(value.size()), "length"));
  size_t number = 0;
  for (const json::Value item : value.Items()) {
    TRY(CheckAt(*shape.item, {&place, {}, ++number}, item));
  }
  return Ok();
}

Result<void> CheckStructure(const Shape& shape, const Place& place, json::Value value) {
  if (!value.IsObject()) return WrongType(place, "an object");
  for (const Shape::Member& member : shape.members) {
    const Place at{place.parent == nullptr && place.name.empty() ? nullptr : &place, member.name};
    const json::Value found = value.Find(member.name);
    if (found && !found.IsNull()) {
      TRY(CheckAt(*member.shape, at, found));
    } else if (member.required) {
      return Refuse(at, "Member must not be null");
    }
  }
  return Ok();
}

Result<void> CheckAt(const Shape& shape, const Place& place, json::Value value) {
  switch (shape.type) {
    case Type::kStructure:
      return CheckStructure(shape, place, value);
    case Type::kList:
      return CheckList(shape, place, value);
    case Type::kString:
      return CheckText(shape, place, value);
    case Type::kBlob:
      return CheckBlob(shape, place, value);
    case Type::kInteger:
      if (!value.Int()) return WrongType(place, "an integer");
      return CheckRange(shape, place, *value.Int(), "value");
    case Type::kBoolean:
      break;
  }
  return value.Bool() ? Ok() : Result<void>(WrongType(place, "a boolean"));
}

}  // namespace

Error ParameterInvalid(std::string_view parameter, std::string_view constraint) {
  return InvalidArgument("parameter_invalid", "Invalid parameter at '" + std::string(parameter) +
                                                  "' failed to satisfy constraint: '" +
                                                  std::string(constraint) + "'");
}

Model::Model(std::string_view text) {
  const auto document = json::Document::Parse(text);
  GANTRY_ASSERT(document.ok());
  const json::Value shapes = document->root().Find("shapes");
  // They refer to each other.
  for (const auto [name, value] : shapes.Members()) shapes_.try_emplace(std::string(name));
  for (const auto [name, value] : shapes.Members()) {
    Shape& shape = shapes_.find(name)->second;
    shape.type = TypeOf(value.Find("type").String().value_or(""));
    shape.min = NumberAt(value, "min");
    shape.max = NumberAt(value, "max");
    if (const json::Value item = value.Find("member")) shape.item = &Get(*item.String());
    if (const json::Value one_of = value.Find("enum")) {
      for (const json::Value item : one_of.Items()) shape.enumeration.emplace_back(*item.String());
    }
    if (const json::Value pattern = value.Find("pattern")) {
      auto regex = Regex::Compile(*pattern.String());
      GANTRY_ASSERT(regex.ok());
      shape.regex = *std::move(regex);
      shape.pattern = name == "RepositoryName" ? kRepositoryNameShown : *pattern.String();
    }
    if (const json::Value members = value.Find("members")) {
      for (const auto [member, reference] : members.Members())
        shape.members.push_back({std::string(member), &Get(*reference.String()), false});
    }
    if (const json::Value required = value.Find("required")) {
      for (const json::Value item : required.Items()) {
        for (Shape::Member& member : shape.members)
          if (member.name == item.String()) member.required = true;
      }
    }
  }
  for (const auto [name, input] : document->root().Find("operations").Members())
    inputs_.emplace(name, &Get(*input.String()));
}

const Shape* Model::InputOf(std::string_view operation) const {
  const auto found = inputs_.find(operation);
  return found == inputs_.end() ? nullptr : found->second;
}

const Shape& Model::Get(std::string_view shape) const {
  const auto found = shapes_.find(shape);
  GANTRY_ASSERT(found != shapes_.end());
  return found->second;
}

Result<void> Model::Check(const Shape& shape, json::Value value) {
  return CheckAt(shape, {}, value);
}

void Model::Copy(const Shape& shape, json::Value value, json::Writer& writer) {
  switch (shape.type) {
    case Type::kStructure:
      writer.BeginObject();
      for (const Shape::Member& member : shape.members) {
        const json::Value found = value.Find(member.name);
        if (!found || found.IsNull()) continue;
        writer.Key(member.name);
        Copy(*member.shape, found, writer);
      }
      writer.EndObject();
      return;
    case Type::kList:
      writer.BeginArray();
      for (const json::Value item : value.Items()) Copy(*shape.item, item, writer);
      writer.EndArray();
      return;
    case Type::kInteger:
      writer.Int(value.Int().value_or(0));
      return;
    case Type::kBoolean:
      writer.Bool(value.Bool().value_or(false));
      return;
    case Type::kString:
    case Type::kBlob:
      writer.String(value.String().value_or(""));
  }
}

}  // namespace gantry::api::ecr
