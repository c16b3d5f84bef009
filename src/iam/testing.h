#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "iam/account_id.h"
#include "iam/principal.h"
#include "iam/request.h"
#include "iam/resource.h"

// Words that the tests of iam share.
namespace gantry::iam {

// The value, or a failed test and the end of the program's patience.
template <typename T>
T Must(Result<T> result) {
  if (!result.ok()) {
    ADD_FAILURE() << result.error().ToString();
    for (const auto& [key, value] : result.error().detail()) ADD_FAILURE() << key << ": " << value;
  }
  return std::move(result).value();
}

inline AccountId Id(std::string_view text) { return Must(AccountId::Parse(text)); }
inline AccountId Home() { return Id("111122223333"); }
inline AccountId Other() { return Id("444455556666"); }

inline Principal User(std::string_view name, std::vector<std::string> groups = {},
                      const AccountId& account = Home()) {
  Principal principal{.account = account, .kind = PrincipalKind::kUser, .name = std::string(name)};
  principal.groups = std::move(groups);
  SortGroups(principal.groups);
  return principal;
}

inline Principal Workload(std::string_view name, Tags attributes = {}) {
  Principal principal{
      .account = Home(), .kind = PrincipalKind::kWorkload, .name = std::string(name)};
  principal.attributes = std::move(attributes);
  return principal;
}

inline Principal Anonymous() {
  return {.account = Home(), .kind = PrincipalKind::kAnonymous, .name = ""};
}

inline Resource Repository(std::string_view name) { return Resource::Repository(Home(), name); }

}  // namespace gantry::iam
