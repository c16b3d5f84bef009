#pragma once

#include <string>
#include <vector>

#include "iam/account_id.h"

namespace gantry::auth {

// Where people log in by OpenID Connect, and what is taken over from there.
struct OidcProvider {
  std::string name;       // in URLs: 1 to 32 of a-z 0-9 -
  std::string issuer;     // "iss" exactly as its tokens have it
  std::string client_id;  // what this installation is called there
  std::string client_secret;
  std::string client_secret_file;  // its first line, read at each login; "": `client_secret`;
                                   // with neither, a public client
  std::vector<std::string> scopes = {"openid", "profile", "email"};
  std::string username_claim = "preferred_username";
  std::string username_prefix;  // before the claim, to tell people of several providers apart
  std::string groups_claim;     // a text, or a list of texts; "": groups are left as they are
  std::string group_prefix;     // only groups whose name begins so are taken over; "" for all
  bool create_groups = false;   // makes those that are not there; else they are passed over
  iam::AccountId account = iam::AccountId::Default();  // whose users they become
};

}  // namespace gantry::auth
