#pragma once

#include <array>
#include <compare>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gantry::iam {

// The number of an account: exactly twelve decimal digits. A value, 12 bytes; there is none that is
// not an account (an absent one is an optional).
class AccountId {
 public:
  // invalid_argument/account_id_invalid
  static Result<AccountId> Parse(std::string_view text);
  // 000000000000, the account that every installation has.
  static AccountId Default();

  std::string_view text() const { return {digits_.data(), digits_.size()}; }
  bool IsDefault() const { return *this == Default(); }
  auto operator<=>(const AccountId&) const = default;

 private:
  AccountId() = default;
  std::array<char, 12> digits_;
};

}  // namespace gantry::iam
