#include "auth/ldap_filter.h"

#include <gtest/gtest.h>

namespace gantry::auth {
namespace {

TEST(LdapFilter, AValueIsNoPartOfTheFilter) {
  EXPECT_EQ(EscapeFilterValue("alice"), "alice");
  EXPECT_EQ(EscapeFilterValue("*)(uid=*"), "\\2a\\29\\28uid=\\2a");
  EXPECT_EQ(EscapeFilterValue("a\\2ab"), "a\\5c2ab");
  EXPECT_EQ(EscapeFilterValue(std::string_view("a\0b", 3)), "a\\00b");
  EXPECT_EQ(EscapeFilterValue("J\xc3\xbcrgen"), "J\xc3\xbcrgen");
}

TEST(LdapFilter, NamesAreFilledInOnce) {
  EXPECT_EQ(FillFilter("(|(uid={user})(mail={user}))", {{"user", "a*"}}),
            "(|(uid=a\\2a)(mail=a\\2a))");
  EXPECT_EQ(FillFilter("(&(member={dn})(x={user}))", {{"user", "{dn}"}, {"dn", "cn=a,{user}"}}),
            "(&(member=cn=a,{user})(x={dn}))");
  EXPECT_EQ(FillFilter("(a={b)(c={other})", {{"user", "x"}}), "(a={b)(c={other})");
}

}  // namespace
}  // namespace gantry::auth
