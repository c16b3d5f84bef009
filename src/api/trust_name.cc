#include "api/trust_name.h"

#include <algorithm>
#include <vector>

#include "meta/accounts.h"

namespace gantry::api {
namespace {

constexpr size_t kTextBytesMax = 1024;
constexpr std::string_view kRolePrefix = "arn:aws:iam::";
constexpr std::string_view kGooglePrefix = "//iam.googleapis.com/";

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool IsName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
}

bool IsNumber(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Error TargetInvalid(std::string_view text) {
  return InvalidArgument(
      "target_invalid",
      "'" + std::string(text.substr(0, 200)) +
          "' names no trust: it is NAME, arn:aws:iam::ACCOUNT:role/NAME, or //iam.googleapis.com/"
          "projects/ACCOUNT/locations/global/workloadIdentityPools/POOL/providers/NAME");
}

Result<TrustName> ParseRole(std::string_view text) {
  const auto parts = Split(text.substr(kRolePrefix.size()), ':');
  if (parts.size() != 2 || !parts[1].starts_with("role/")) return TargetInvalid(text);
  const auto path = Split(parts[1], '/');
  if (!IsName(path.back()) || !IsName(parts[0])) return TargetInvalid(text);
  return TrustName{std::string(parts[0]), std::string(path.back())};
}

Result<TrustName> ParseProvider(std::string_view text) {
  const auto parts = Split(text.substr(kGooglePrefix.size()), '/');
  const bool good = parts.size() == 8 && parts[0] == "projects" && IsName(parts[1]) &&
                    parts[2] == "locations" && parts[4] == "workloadIdentityPools" &&
                    parts[6] == "providers" && IsName(parts[7]);
  if (!good) return TargetInvalid(text);
  const bool project_number = parts[1].size() < 12 && IsNumber(parts[1]);
  return TrustName{project_number ? "" : std::string(parts[1]), std::string(parts[7])};
}

}  // namespace

Result<TrustName> ParseTrustName(std::string_view text) {
  if (text.empty()) return TrustName{};
  if (text.size() > kTextBytesMax) return TargetInvalid(text);
  if (text.starts_with("https://iam.googleapis.com/")) text.remove_prefix(6);
  if (text.starts_with(kGooglePrefix)) return ParseProvider(text);
  if (text.starts_with(kRolePrefix)) return ParseRole(text);
  if (!IsName(text)) return TargetInvalid(text);
  return TrustName{"", std::string(text)};
}

Result<std::optional<iam::AccountId>> AccountOf(db::Db& db, const TrustName& name,
                                                const iam::AccountId& visited) {
  if (name.account.empty()) return std::optional(visited);
  const auto id = iam::AccountId::Parse(name.account);
  if (id.ok()) return std::optional(*id);
  std::optional<iam::AccountId> found;
  TRY(db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const auto row, meta::FindAccountByAlias(tx, name.account));
    found = row ? std::optional(row->id) : std::nullopt;
    return Ok();
  }));
  return found;
}

}  // namespace gantry::api
