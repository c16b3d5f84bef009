#include "iam/principal_pattern.h"

#include <algorithm>
#include <array>

#include "base/glob.h"

namespace gantry::iam {
namespace {

constexpr size_t kTextLengthMax = 512;

bool HasWildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool IsPlain(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; });
}

Error Invalid(std::string_view text, std::string_view forms) {
  return InvalidArgument(
      "principal_invalid",
      "\"" + std::string(text.substr(0, 128)) + "\" is no principal; write " + std::string(forms));
}

// Removes the prefix if it is there.
bool Skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// "TRUST/KEY=VALUE"
bool HasAttribute(std::string_view name, const Principal& principal) {
  const size_t slash = name.find('/');
  const size_t equals = name.find('=', slash);
  const std::string_view workload = principal.name;
  if (workload.substr(0, workload.find('/')) != name.substr(0, slash)) return false;
  const auto found = principal.attributes.find(name.substr(slash + 1, equals - slash - 1));
  return found != principal.attributes.end() && found->second == name.substr(equals + 1);
}

}  // namespace

std::optional<PrincipalPattern> PrincipalPattern::FromWords(std::string_view text,
                                                            const AccountId& account) {
  if (text == "authenticated") return PrincipalPattern(Form::kAuthenticated, account);
  if (text == "anonymous") return PrincipalPattern(Form::kAnonymous, account);
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return std::nullopt;
  const std::string_view word = text.substr(0, colon);
  const std::string_view name = text.substr(colon + 1);
  if (word == "group") {
    if (HasWildcard(name)) return std::nullopt;
    return PrincipalPattern(Form::kGroup, account, PrincipalKind::kAnonymous, name);
  }
  if (word == "attribute") {
    const size_t slash = name.find('/');
    if (HasWildcard(name) || slash == std::string_view::npos || slash == 0 ||
        name.find('=', slash) == std::string_view::npos) {
      return std::nullopt;
    }
    return PrincipalPattern(Form::kAttribute, account, PrincipalKind::kWorkload, name);
  }
  using enum PrincipalKind;
  for (const PrincipalKind kind : {kUser, kRobot, kWorkload, kNode}) {
    if (word == PrincipalKindName(kind)) return PrincipalPattern(Form::kNamed, account, kind, name);
  }
  return std::nullopt;
}

std::optional<PrincipalPattern> PrincipalPattern::FromArn(std::string_view arn) {
  std::array<std::string_view, 5> fields;  // arn, partition, service, region, account
  for (std::string_view& field : fields) {
    const size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    field = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  const auto account = AccountId::Parse(fields[4]);
  const bool sts = fields[2] == "sts";
  if (fields[0] != "arn" || (!sts && fields[2] != "iam") || !fields[3].empty() || !account.ok() ||
      HasWildcard(arn)) {
    return std::nullopt;
  }
  using enum PrincipalKind;
  const auto named = [&](PrincipalKind kind, const std::string& name) {
    return name.empty() ? std::nullopt
                        : std::optional(PrincipalPattern(Form::kNamed, *account, kind, name));
  };
  if (sts) return Skip(arn, "assumed-role/") ? named(kWorkload, std::string(arn)) : std::nullopt;
  if (arn == "root") return PrincipalPattern(Form::kAuthenticated, *account);
  if (Skip(arn, "user/")) return named(kUser, std::string(arn));
  if (Skip(arn, "robot/")) return named(kRobot, std::string(arn));
  if (Skip(arn, "node/")) return named(kNode, std::string(arn));
  if (Skip(arn, "role/") && !arn.empty()) return named(kWorkload, std::string(arn) + "/*");
  if (Skip(arn, "group/") && !arn.empty()) {
    return PrincipalPattern(Form::kGroup, *account, kAnonymous, arn);
  }
  return std::nullopt;
}

std::optional<PrincipalPattern> PrincipalPattern::FromPool(std::string_view text,
                                                           const AccountId& home) {
  constexpr std::string_view kPools = "/workloadIdentityPools/";
  const bool set = text.starts_with("principalSet://");
  const size_t pools = text.find(kPools);
  if (pools == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(pools + kPools.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  const std::string trust(rest.substr(0, slash));
  rest.remove_prefix(slash + 1);
  if (set && rest == "*") return FromWords("workload:" + trust + "/*", home);
  if (HasWildcard(rest)) return std::nullopt;
  if (!set) {
    if (!Skip(rest, "subject/") || rest.empty()) return std::nullopt;
    return FromWords("workload:" + trust + '/' + std::string(rest), home);
  }
  if (Skip(rest, "group/")) return FromWords("group:" + std::string(rest), home);
  if (!Skip(rest, "attribute.")) return std::nullopt;
  const size_t end = rest.find('/');
  if (end == std::string_view::npos) return std::nullopt;
  return FromWords("attribute:" + trust + '/' + std::string(rest.substr(0, end)) + '=' +
                       std::string(rest.substr(end + 1)),
                   home);
}

Result<PrincipalPattern> PrincipalPattern::Parse(std::string_view text, const AccountId& home) {
  constexpr std::string_view kForms =
      "user:NAME, robot:NAME, group:NAME, workload:TRUST/SUBJECT, node:NAME, "
      "attribute:TRUST/KEY=VALUE, anonymous, authenticated, each with ACCOUNT/ before it for "
      "another account, or *";
  if (text == "*") return Anyone();
  if (text.size() > kTextLengthMax || !IsPlain(text)) return Invalid(text, kForms);
  AccountId account = home;
  std::string_view words = text;
  if (text.size() > 12 && text[12] == '/') {
    const auto other = AccountId::Parse(text.substr(0, 12));
    if (!other.ok()) return Invalid(text, kForms);
    account = *other;
    words = text.substr(13);
    if (words == "*") return PrincipalPattern(Form::kAuthenticated, account);
  }
  auto pattern = FromWords(words, account);
  if (!pattern) return Invalid(text, kForms);
  return *std::move(pattern);
}

Result<PrincipalPattern> PrincipalPattern::ParseAws(std::string_view text, const AccountId& home) {
  constexpr std::string_view kForms =
      "arn:aws:iam::ACCOUNT:user/NAME, arn:aws:iam::ACCOUNT:role/NAME, arn:aws:iam::ACCOUNT:root, "
      "an account id, or *";
  if (text == "*") return Anyone();
  if (text.size() > kTextLengthMax || !IsPlain(text)) return Invalid(text, kForms);
  if (const auto account = AccountId::Parse(text); account.ok()) {
    return PrincipalPattern(Form::kAuthenticated, *account);
  }
  if (!text.starts_with("arn:")) return Parse(text, home);
  auto pattern = FromArn(text);
  if (!pattern) return Invalid(text, kForms);
  return *std::move(pattern);
}

Result<PrincipalPattern> PrincipalPattern::ParseMember(std::string_view text,
                                                       const AccountId& home) {
  constexpr std::string_view kForms =
      "user:NAME, serviceAccount:NAME, group:NAME, domain:NAME, principal://… or principalSet://… "
      "of a workload identity pool, allUsers or allAuthenticatedUsers";
  if (text.size() > kTextLengthMax || !IsPlain(text)) return Invalid(text, kForms);
  if (text == "allUsers") return Anyone();
  if (text == "allAuthenticatedUsers") return PrincipalPattern(Form::kAuthenticated, home);
  std::string_view rest = text;
  std::optional<PrincipalPattern> pattern;
  if (Skip(rest, "serviceAccount:")) {
    pattern = HasWildcard(rest) ? std::nullopt : FromWords("robot:" + std::string(rest), home);
  } else if (Skip(rest, "domain:")) {
    const bool bad = rest.empty() || HasWildcard(rest);
    pattern = bad ? std::nullopt : FromWords("user:*@" + std::string(rest), home);
  } else if (text.starts_with("principal://") || text.starts_with("principalSet://")) {
    pattern = FromPool(text, home);
  } else {
    return Parse(text, home);
  }
  if (!pattern) return Invalid(text, kForms);
  return *std::move(pattern);
}

bool PrincipalPattern::Matches(const Principal& principal) const {
  if (form_ == Form::kAnyone) return true;
  if (form_ == Form::kNobody || principal.account != account_) return false;
  switch (form_) {
    case Form::kAuthenticated:
      return !principal.IsAnonymous();
    case Form::kAnonymous:
      return principal.IsAnonymous();
    case Form::kNamed:
      return principal.kind == kind_ && GlobMatches(name_, principal.name);
    case Form::kGroup:
      return std::binary_search(principal.groups.begin(), principal.groups.end(), name_);
    case Form::kAttribute:
      return principal.kind == PrincipalKind::kWorkload && HasAttribute(name_, principal);
    case Form::kNobody:
    case Form::kAnyone:
      break;
  }
  return false;
}

bool PrincipalPattern::Covers(const PrincipalPattern& other) const {
  if (form_ == Form::kAnyone || other.form_ == Form::kNobody) return true;
  if (form_ == Form::kNobody || other.form_ == Form::kAnyone || account_ != other.account_) {
    return false;
  }
  if (form_ == Form::kAuthenticated) return other.form_ != Form::kAnonymous;
  if (form_ != other.form_ || kind_ != other.kind_) return false;
  if (form_ != Form::kNamed) return name_ == other.name_;
  return name_ == other.name_ ||
         (name_.find('?') == std::string::npos && GlobMatches(name_, other.name_));
}

std::string PrincipalPattern::Text(const AccountId& home) const {
  if (form_ == Form::kAnyone) return "*";
  if (form_ == Form::kNobody) return "-";
  std::string text;
  if (account_ != home) text.append(account_.text()) += '/';
  switch (form_) {
    case Form::kAuthenticated:
      return text + "authenticated";
    case Form::kAnonymous:
      return text + "anonymous";
    case Form::kGroup:
      return text + "group:" + name_;
    case Form::kAttribute:
      return text + "attribute:" + name_;
    default:
      return text.append(PrincipalKindName(kind_)) + ':' + name_;
  }
}

}  // namespace gantry::iam
