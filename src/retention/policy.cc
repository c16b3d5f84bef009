#include "retention/policy.h"

#include <algorithm>

namespace gantry::retention {
namespace {

constexpr Form kForms[] = {Form::kEcr, Form::kCleanup, Form::kHarbor};

bool AnyMatches(const std::vector<TagPattern>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const TagPattern& pattern) { return pattern.Matches(text); });
}

bool MatchesAnyOf(const TagPattern& pattern, const std::vector<std::string>& tags) {
  return std::any_of(tags.begin(), tags.end(),
                     [&](const std::string& tag) { return pattern.Matches(tag); });
}

}  // namespace

std::string_view FormName(Form form) {
  switch (form) {
    case Form::kEcr:
      return "ecr";
    case Form::kCleanup:
      return "cleanup";
    case Form::kHarbor:
      return "harbor";
  }
  return "";
}

std::optional<Form> FindForm(std::string_view name) {
  for (const Form form : kForms) {
    if (FormName(form) == name) return form;
  }
  return std::nullopt;
}

bool TagTest::Passes(const Image& image) const {
  if (image.tags.empty()) return untagged_passes;
  switch (quantifier) {
    case Quantifier::kEach:
      return std::all_of(patterns.begin(), patterns.end(), [&](const TagPattern& pattern) {
        return MatchesAnyOf(pattern, image.tags);
      });
    case Quantifier::kSome:
      return std::any_of(patterns.begin(), patterns.end(), [&](const TagPattern& pattern) {
        return MatchesAnyOf(pattern, image.tags);
      });
    case Quantifier::kOutside:
      return std::any_of(image.tags.begin(), image.tags.end(),
                         [&](const std::string& tag) { return !AnyMatches(patterns, tag); });
  }
  return false;
}

bool Selector::CoversRepository(std::string_view name_in_project) const {
  return std::all_of(repositories.begin(), repositories.end(), [&](const RepositoryTest& test) {
    return AnyMatches(test.patterns, name_in_project) != test.exclude;
  });
}

std::string_view Selector::TagHead() const {
  std::string_view longest;
  for (const TagTest& test : tags) {
    const bool needs_each =
        test.quantifier == TagTest::Quantifier::kEach ||
        (test.quantifier == TagTest::Quantifier::kSome && test.patterns.size() == 1);
    if (!needs_each || test.untagged_passes) continue;
    for (const TagPattern& pattern : test.patterns) {
      if (pattern.head().size() > longest.size()) longest = pattern.head();
    }
  }
  return longest;
}

bool Selector::Selects(const Image& image) const {
  if (storage_class && *storage_class != image.storage_class) return false;
  if (tag_state == TagState::kTagged && image.tags.empty()) return false;
  if (tag_state == TagState::kUntagged && !image.tags.empty()) return false;
  if (!digests.empty() && !AnyMatches(digests, image.digest)) return false;
  return std::all_of(tags.begin(), tags.end(),
                     [&](const TagTest& test) { return test.Passes(image); });
}

Result<Policy> ParsePolicy(Form form, std::string_view text) {
  switch (form) {
    case Form::kEcr:
      return ParseEcrPolicy(text);
    case Form::kCleanup:
      return ParseCleanupPolicies(text);
    case Form::kHarbor:
      return ParseHarborRetention(text);
  }
  return Internal("policy_form_unknown", "a policy has a form that does not exist");
}

}  // namespace gantry::retention
