#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/resource.h"
#include "iam/statement.h"

namespace gantry::iam {

// What a document is attached to decides which elements it has.
enum class DocumentKind : uint8_t {
  kScope,     // a repository's or a project's policy: Principal; Resource may be left out
  kAccount,   // an account's (ECR: registry) policy: Principal and Resource
  kIdentity,  // of a user, group or role: Resource, and no Principal
};

// A policy in the JSON form of ECR and IAM, checked. A value.
struct PolicyDocument {
  static constexpr size_t kLengthMax = 10'240;  // bytes of the text

  DocumentKind kind = DocumentKind::kScope;
  // As ECR writes it back, with line breaks and blanks; what is to be parsed again is rather the
  // text that was given, for this one may be beyond the limit.
  std::string text;
  std::vector<Statement> statements;

  // Reads a document that stands at `scope`: a repository or project for kScope, the account for
  // the others. A JSON null counts as the element being left out. Errors have ECR's sentence as the
  // message where ECR has one, and what is wrong, and in which statement, as the detail "problem"
  // (see PolicyProblem):
  // too_large/policy_too_large, invalid_argument/repository_policy_invalid (kScope),
  // /registry_policy_invalid (kAccount), /policy_invalid (kIdentity).
  // Not supported, and refused: policy variables ("${aws:username}") in a document of version
  // 2012-10-17, principals of kind Federated and CanonicalUser, BinaryEquals.
  static Result<PolicyDocument> Parse(std::string_view text, DocumentKind kind,
                                      const Resource& scope);
};

// What is wrong with a policy, for people: the detail "problem" of an error, else its message.
std::string_view PolicyProblem(const Error& error);

}  // namespace gantry::iam
