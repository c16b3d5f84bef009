#include "meta/repository_key.h"

#include <algorithm>

namespace gantry::meta {
namespace {

constexpr char kSeparator = '/';
constexpr char kAfterSeparator = kSeparator + 1;

std::string Join(std::string_view account, char separator, std::string_view rest) {
  std::string text;
  text.reserve(account.size() + 1 + rest.size());
  text.append(account).push_back(separator);
  text.append(rest);
  return text;
}

}  // namespace

RepositoryKey::RepositoryKey(const iam::AccountId& account, const oci::RepositoryName& name)
    : text_(Join(account.text(), kSeparator, name.text())) {}

Result<RepositoryKey> RepositoryKey::Parse(std::string_view text) {
  TRY_ASSIGN(const auto account, iam::AccountId::Parse(AccountOfKey(text)));
  TRY_ASSIGN(const auto name, oci::RepositoryName::Parse(NameOfKey(text)));
  return RepositoryKey(account, name);
}

std::string_view RepositoryKey::account() const { return AccountOfKey(text_); }

std::string_view RepositoryKey::name() const { return NameOfKey(text_); }

iam::AccountId RepositoryKey::account_id() const {
  return iam::AccountId::Parse(account()).value();
}

std::string_view RepositoryKey::project() const {
  const std::string_view whole = name();
  const size_t slash = whole.find(kSeparator);
  return slash == std::string_view::npos ? std::string_view() : whole.substr(0, slash);
}

std::string_view AccountOfKey(std::string_view text) {
  return text.substr(0, std::min(text.find(kSeparator), text.size()));
}

std::string_view NameOfKey(std::string_view text) {
  return text.substr(std::min(text.find(kSeparator), text.size() - 1) + 1);
}

RepositoryKeyText::RepositoryKeyText(std::string_view account, std::string_view name) {
  if (account.size() + 1 + name.size() > text_.size()) return;
  char* end = std::copy(account.begin(), account.end(), text_.begin());
  *end++ = kSeparator;
  end = std::copy(name.begin(), name.end(), end);
  size_ = static_cast<size_t>(end - text_.data());
}

RepositoryKeyRange::RepositoryKeyRange(const iam::AccountId& account, std::string_view after)
    : first(Join(account.text(), kSeparator, after)),
      end(Join(account.text(), kAfterSeparator, "")) {}

}  // namespace gantry::meta
