#include "retention/semver.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace gantry::retention {
namespace {

constexpr size_t kDigitsMax = 18;
constexpr size_t kComparatorsMax = 32;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsIdentifierCharacter(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}
bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}

// A number without leading zeros.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  if (!AllDigits(text) || text.size() > kDigitsMax) return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// Takes what stands before `separator`, and the separator, off `text`.
std::string_view TakeUntil(std::string_view& text, char separator) {
  const size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Identifiers separated by dots, none empty, numbers without leading zeros.
bool ParsePrerelease(std::string_view text, std::vector<std::string>& identifiers) {
  if (text.empty() || text.back() == '.') return false;
  while (!text.empty()) {
    const std::string_view part = TakeUntil(text, '.');
    if (part.empty() || !std::all_of(part.begin(), part.end(), IsIdentifierCharacter)) return false;
    if (AllDigits(part) && !ParseNumber(part)) return false;
    identifiers.emplace_back(part);
  }
  return true;
}

std::weak_ordering CompareIdentifiers(const std::string& a, const std::string& b) {
  const bool a_number = AllDigits(a);
  const bool b_number = AllDigits(b);
  if (a_number && b_number) return *ParseNumber(a) <=> *ParseNumber(b);
  if (a_number != b_number) {
    return a_number ? std::weak_ordering::less : std::weak_ordering::greater;
  }
  return a.compare(b) <=> 0;
}

bool IsWildcard(std::string_view part) { return part == "x" || part == "X" || part == "*"; }

// "1", "1.2", "1.x", "*", "1.2.3-rc.1": how many of the numbers are given.
struct PartialVersion {
  Version version;
  size_t given = 0;
};
std::optional<PartialVersion> ParsePartial(std::string_view text) {
  PartialVersion partial;
  if (!text.empty() && text[0] == 'v') text.remove_prefix(1);
  if (const auto whole = Version::Parse(text)) return PartialVersion{*whole, 3};
  if (text.empty() || text.back() == '.') return std::nullopt;
  bool wild = false;
  for (size_t i = 0; !text.empty(); ++i) {
    const std::string_view part = TakeUntil(text, '.');
    if (i == 3) return std::nullopt;
    wild = wild || IsWildcard(part);
    if (wild) {
      if (!IsWildcard(part)) return std::nullopt;
      continue;
    }
    const auto number = ParseNumber(part);
    if (!number) return std::nullopt;
    partial.version.numbers[i] = *number;
    partial.given = i + 1;
  }
  return partial;
}

// The first version after all that agree with the first `given` numbers, as "1.3.0-0": before each
// of its own prereleases.
Version AfterAll(const Version& version, size_t given) {
  Version next;
  for (size_t i = 0; i < given; ++i) next.numbers[i] = version.numbers[i];
  ++next.numbers[given - 1];
  next.prerelease = {"0"};
  return next;
}

}  // namespace

std::optional<Version> Version::Parse(std::string_view text) {
  Version version;
  if (!text.empty() && text[0] == 'v') text.remove_prefix(1);
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    if (!ParsePrerelease(text.substr(dash + 1), version.prerelease)) return std::nullopt;
    text = text.substr(0, dash);
  }
  if (std::count(text.begin(), text.end(), '.') != 2) return std::nullopt;
  for (uint64_t& number : version.numbers) {
    const auto parsed = ParseNumber(TakeUntil(text, '.'));
    if (!parsed) return std::nullopt;
    number = *parsed;
  }
  return version;
}

std::weak_ordering Version::operator<=>(const Version& other) const {
  if (numbers != other.numbers) return numbers <=> other.numbers;
  if (prerelease.empty() || other.prerelease.empty()) {
    return prerelease.empty() <=> other.prerelease.empty();
  }
  const size_t common = std::min(prerelease.size(), other.prerelease.size());
  for (size_t i = 0; i < common; ++i) {
    const auto order = CompareIdentifiers(prerelease[i], other.prerelease[i]);
    if (order != 0) return order;
  }
  return prerelease.size() <=> other.prerelease.size();
}

bool VersionRange::Comparator::Holds(const Version& candidate) const {
  const auto order = candidate <=> version;
  switch (op) {
    case Operator::kLess:
      return order < 0;
    case Operator::kLessOrEqual:
      return order <= 0;
    case Operator::kEqual:
      return order == 0;
    case Operator::kGreaterOrEqual:
      return order >= 0;
    case Operator::kGreater:
      return order > 0;
  }
  return false;
}

// Every comparator becomes one or two plain ones: "^1.4" is >=1.4.0 and <2.0.0-0.
bool VersionRange::AddComparator(std::string_view text, Alternative& alternative) {
  size_t operator_size = 0;
  while (operator_size < text.size() &&
         std::string_view("<>=^~").find(text[operator_size]) != std::string_view::npos) {
    ++operator_size;
  }
  const std::string_view op = text.substr(0, operator_size);
  const auto partial = ParsePartial(text.substr(operator_size));
  if (!partial) return false;
  const Version& version = partial->version;
  const size_t given = partial->given;
  const auto add = [&](Operator plain, Version limit) {
    alternative.push_back({plain, std::move(limit)});
  };
  if (given == 0) {  // "*", and "any" with whatever operator that can hold
    if (op == "<" || op == ">") return false;
    add(Operator::kGreaterOrEqual, {});
    return true;
  }
  if (op == ">=") {
    add(Operator::kGreaterOrEqual, version);
  } else if (op == ">") {
    if (given == 3) {
      add(Operator::kGreater, version);
    } else {
      add(Operator::kGreaterOrEqual, AfterAll(version, given));
    }
  } else if (op == "<") {
    add(Operator::kLess, version);
  } else if (op == "<=") {
    if (given == 3) {
      add(Operator::kLessOrEqual, version);
    } else {
      add(Operator::kLess, AfterAll(version, given));
    }
  } else if (op == "^") {
    size_t first = 0;  // the leftmost number that is not zero may not change
    while (first + 1 < given && version.numbers[first] == 0) ++first;
    add(Operator::kGreaterOrEqual, version);
    add(Operator::kLess, AfterAll(version, first + 1));
  } else if (op == "~") {
    add(Operator::kGreaterOrEqual, version);
    add(Operator::kLess, AfterAll(version, std::min<size_t>(given, 2)));
  } else if (op == "=" || op.empty()) {
    if (given == 3) {
      add(Operator::kEqual, version);
    } else {
      add(Operator::kGreaterOrEqual, version);
      add(Operator::kLess, AfterAll(version, given));
    }
  } else {
    return false;
  }
  return true;
}

bool VersionRange::Admits(const Alternative& alternative, const Version& version) {
  bool named = version.prerelease.empty();
  for (const Comparator& comparator : alternative) {
    if (!comparator.Holds(version)) return false;
    // The bound "2.0.0-0" that "^1.4" makes names no prerelease.
    const bool made = comparator.op == Operator::kLess &&
                      comparator.version.prerelease == std::vector<std::string>{"0"};
    named = named || (!made && !comparator.version.prerelease.empty() &&
                      comparator.version.numbers == version.numbers);
  }
  return named;
}

bool VersionRange::Contains(const Version& version) const {
  return std::any_of(alternatives_.begin(), alternatives_.end(),
                     [&](const Alternative& each) { return Admits(each, version); });
}

Result<VersionRange> VersionRange::Parse(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return InvalidArgument(
        "version_range_invalid",
        "'" + std::string(text.substr(0, 100)) + "' is not a range of versions: " + why +
            "; write it like \">=1.2.0 <2.0.0\", \"^1.4\", \"1.x\" or \"^1 || ^2\"");
  };
  VersionRange range;
  size_t comparators = 0;
  std::string_view rest = text;
  while (true) {
    const size_t end = rest.find("||");
    std::string_view part = rest.substr(0, end);
    Alternative alternative;
    while (!part.empty()) {
      const std::string_view word = TakeUntil(part, ' ');
      if (word.empty()) continue;
      if (++comparators > kComparatorsMax) return refuse("more than 32 comparators");
      if (!AddComparator(word, alternative)) return refuse("a comparator is not understood");
    }
    if (alternative.empty()) return refuse("an alternative is empty");
    range.alternatives_.push_back(std::move(alternative));
    if (end == std::string_view::npos) return range;
    rest = rest.substr(end + 2);
  }
}

}  // namespace gantry::retention
