#include <set>

#include "api/ecr/errors.h"
#include "api/ecr/families.h"
#include "api/ecr/labels.h"
#include "core/repositories.h"

namespace gantry::api::ecr {
namespace {

using Weight = Deed::Weight;

constexpr size_t kKeyMax = 128;
constexpr size_t kValueMax = 256;

Error TagInvalid(const std::string& why) {
  return InvalidArgument("tag_parameter_invalid", "Invalid parameter at 'tags': " + why);
}

Error TooMany() {
  return Error(Code::kResourceExhausted, "too_many_labels",
               "The repository would have more than the maximum of 50 tags");
}

std::string_view TextOf(json::Value object, const char* member) {
  return object.Find(member).String().value_or("");
}

}  // namespace

Result<std::vector<meta::Label>> ReadLabels(json::Value tags) {
  std::vector<meta::Label> labels;
  std::set<std::string_view> keys;
  for (const json::Value tag : ItemsOf(tags)) {
    const std::string_view key = TextOf(tag, "Key");
    const std::string_view value = TextOf(tag, "Value");
    const std::string shown = "'" + std::string(key.substr(0, kKeyMax)) + "'";
    if (key.empty() || key.size() > kKeyMax)
      return TagInvalid("the key " + shown + " must have 1 to 128 characters");
    if (value.size() > kValueMax)
      return TagInvalid("the value of " + shown + " must have at most 256 characters");
    if (key.starts_with("aws:")) return TagInvalid("keys must not begin with 'aws:'");
    if (!keys.insert(key).second) return TagInvalid("the key " + shown + " is there twice");
    labels.emplace_back(key, value);
  }
  if (labels.size() > core::kLabelsMax) return TooMany();
  return labels;
}

namespace {

Result<void> TagResource(const Call& call, json::Writer&) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY_ASSIGN(const auto labels, ReadLabels(call.Find("tags")));
  return call.services.repositories.PutLabels(key, labels);
}

Result<void> UntagResource(const Call& call, json::Writer&) {
  TRY_ASSIGN(const auto key, call.Key());
  std::vector<std::string> keys;
  for (const json::Value item : ItemsOf(call.Find("tagKeys")))
    keys.emplace_back(item.String().value_or(""));
  return call.services.repositories.RemoveLabels(key, keys);
}

Result<void> ListTagsForResource(const Call& call, json::Writer& writer) {
  TRY_ASSIGN(const auto key, call.Key());
  TRY_ASSIGN(const auto labels, call.services.repositories.Labels(key));
  writer.Key("tags").BeginArray();
  for (const auto& [name, value] : labels)
    writer.BeginObject().Key("Key").String(name).Key("Value").String(value).EndObject();
  writer.EndArray();
  return Ok();
}

constexpr Operation kOperations[] = {
    {"TagResource", iam::Action::kRepositoryUpdate, Target::kResource, Weight::kChange,
     TagResource},
    {"UntagResource", iam::Action::kRepositoryUpdate, Target::kResource, Weight::kChange,
     UntagResource},
    {"ListTagsForResource", iam::Action::kRepositoryList, Target::kResource, Weight::kLook,
     ListTagsForResource},
};

}  // namespace

std::span<const Operation> ResourceTagOperations() { return kOperations; }

}  // namespace gantry::api::ecr
