#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "http/request.h"
#include "iam/account_id.h"
#include "iam/action.h"

namespace gantry::api {

// What a request did, or tried, where its route cannot say: handlers of routes with the action
// "handler" (server/guard.h) tell it for the audit log. A batch tells of each.
struct Deed {
  enum class Weight : uint8_t {
    kLook,    // recorded when it was denied only
    kPart,    // recorded, and the answer does not wait: a pull, a blob that no manifest needs yet
    kChange,  // durable in the log before the answer
  };
  iam::Action action;
  Weight weight = Weight::kLook;
  iam::AccountId account;
  std::string repository{};  // "" when it was done to an account
  std::string tag{};
  std::string digest{};
  std::string detail{};  // the operation's name
};

// The last call counts.
void SetDeeds(http::Request& request, std::vector<Deed> deeds);
// nullptr: none were told.
const std::vector<Deed>* DeedsOf(const http::Request& request);

}  // namespace gantry::api
