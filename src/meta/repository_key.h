#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "iam/account_id.h"
#include "oci/reference.h"

namespace gantry::meta {

// A repository of the whole installation: its account and its name in that account, as one text,
// "000000000000/myapp/api". The text is what the database, the caches and the epochs know it by; it
// is made here and nowhere else. People read name().
class RepositoryKey {
 public:
  RepositoryKey(const iam::AccountId& account, const oci::RepositoryName& name);
  // Takes a text apart that text() gave. invalid_argument/account_id_invalid, /name_invalid.
  static Result<RepositoryKey> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  // Views into text().
  std::string_view account() const;
  std::string_view name() const;
  iam::AccountId account_id() const;
  // The first component of a name of two or more; "" for a one-component name (the root project).
  std::string_view project() const;

  bool operator==(const RepositoryKey& other) const { return text_ == other.text_; }
  auto operator<=>(const RepositoryKey& other) const { return text_ <=> other.text_; }

 private:
  explicit RepositoryKey(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The halves of a key's text, as views into it; of any other text, something.
std::string_view AccountOfKey(std::string_view text);
std::string_view NameOfKey(std::string_view text);

// The text of a key for a look-up in a cache, without a check of its halves and without an
// allocation: for the path that is run at every request.
class RepositoryKeyText {
 public:
  RepositoryKeyText(std::string_view account, std::string_view name);
  RepositoryKeyText(const RepositoryKeyText&) = delete;
  RepositoryKeyText& operator=(const RepositoryKeyText&) = delete;
  // "" when the halves are too long to be a key.
  std::string_view view() const { return {text_.data(), size_}; }

 private:
  static constexpr size_t kBytesMax = 12 + 1 + 255;
  std::array<char, kBytesMax> text_;
  size_t size_ = 0;
};

// The keys of one account whose names come after a name: first < text < end, in byte order.
struct RepositoryKeyRange {
  // `after` is any text; "" for all keys of the account.
  RepositoryKeyRange(const iam::AccountId& account, std::string_view after);
  std::string first;
  std::string end;
};

}  // namespace gantry::meta
