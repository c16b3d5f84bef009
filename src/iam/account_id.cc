#include "iam/account_id.h"

#include <algorithm>

namespace gantry::iam {

Result<AccountId> AccountId::Parse(std::string_view text) {
  AccountId id;
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.size() != id.digits_.size() || !digits) {
    return InvalidArgument("account_id_invalid", "an account id has twelve digits, but \"" +
                                                     std::string(text.substr(0, 64)) +
                                                     "\" was given");
  }
  std::copy(text.begin(), text.end(), id.digits_.begin());
  return id;
}

AccountId AccountId::Default() {
  AccountId id;
  id.digits_.fill('0');
  return id;
}

}  // namespace gantry::iam
