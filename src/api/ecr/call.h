#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/deeds.h"
#include "api/ecr/model.h"
#include "api/ecr/services.h"
#include "auth/session.h"
#include "base/result.h"
#include "http/request.h"
#include "iam/account_id.h"
#include "iam/action.h"
#include "iam/resource.h"
#include "json/document.h"
#include "json/writer.h"
#include "meta/repository_key.h"

namespace gantry::api::ecr {

struct Operation;

// One request that was authenticated, checked against the model and authorized.
struct Call {
  const Services& services;
  const Operation& operation;
  const Model& model;
  const Shape& shape;  // of the input
  const http::Request& request;
  const auth::Session& caller;
  iam::AccountId account;  // `registryId` of the input, that of the ARN, else the caller's
  std::string region;      // as the client signed it
  json::Value input;       // an object
  std::string repository;  // whose name is well formed by the model; "": none is meant
  // What the audit log hears of; the operation and its repository when nothing is added.
  std::vector<Deed>& deeds;

  // The member, where null counts as none.
  json::Value Find(std::string_view member) const;
  // "" when it is absent.
  std::string Text(std::string_view member) const;
  bool Flag(std::string_view member) const;

  // REQUIRES: the operation is about a repository. invalid_argument/name_invalid for a name that
  // the model takes and no repository can have (256 characters).
  Result<meta::RepositoryKey> Key() const;
  // Whether the caller may do something else, too.
  Result<bool> May(iam::Action action, const iam::Resource& resource) const;
  // A deed to an image of the repository; either may be "".
  void Did(std::string_view tag, std::string_view digest) const;
};

// What an operation is done to, and so whose rights it needs.
enum class Target : uint8_t {
  kAccount,
  kRepository,    // `repositoryName`
  kRepositories,  // each of `repositoryNames`; without them nothing is asked, the operation filters
  kResource,      // the repository of `resourceArn`
};

// One row of the table. Its name is that of ECR's model ("PutImage").
struct Operation {
  std::string_view name;
  iam::Action action;
  Target target;
  Deed::Weight weight;  // of what the audit log hears
  // Writes the members of the answer.
  Result<void> (*run)(const Call&, json::Writer&);
};

// Of another repository of the call's account. Errors as Call::Key.
Result<meta::RepositoryKey> KeyOf(const Call& call, std::string_view repository);
// The items of a list; none when it is absent.
json::Items ItemsOf(json::Value list);

}  // namespace gantry::api::ecr
