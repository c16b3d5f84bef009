#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "iam/request.h"

namespace gantry::iam {

// A key of a condition block: where in the request the value comes from. Names are compared without
// regard to case, the part after '/' (a tag's or an attribute's name) with it.
//
// Of the request: aws:SourceIp, aws:CurrentTime, aws:EpochTime, aws:SecureTransport, aws:UserAgent,
//   aws:RequestTag/KEY, aws:TagKeys (several values)
// Of who asks: aws:PrincipalArn, aws:PrincipalAccount, aws:PrincipalType (User, AssumedRole,
//   Anonymous), aws:PrincipalTag/KEY, aws:username (users and robots), aws:userid,
//   gantry:Principal ("user:alice"), gantry:PrincipalKind, gantry:Attribute/KEY, gantry:Groups
//   (several values)
// Of what is asked for: aws:ResourceAccount, ecr:ResourceTag/KEY, aws:ResourceTag/KEY,
//   gantry:Project, gantry:Repository, gantry:Action
// The first four of the request and the tags' keys also begin with "gantry:". Keys of AWS that have
// no meaning here (aws:SourceArn, aws:PrincipalOrgID, …) are known and always absent.
class ConditionKey {
 public:
  enum class Source : uint8_t;

  // invalid_argument/condition_key_unknown
  static Result<ConditionKey> Parse(std::string_view text);

  // None: absent from this request.
  std::vector<std::string> Values(const Request& request) const;
  // Whether the value depends on nothing but the principal, the action and the resource's name.
  bool IsFixed() const { return fixed_; }
  // As it was written.
  const std::string& text() const { return text_; }

 private:
  ConditionKey(Source source, bool fixed, std::string_view text, std::string_view argument)
      : source_(source), fixed_(fixed), text_(text), argument_(argument) {}

  Source source_;
  bool fixed_;
  std::string text_;
  std::string argument_;  // what stands after the '/'
};

}  // namespace gantry::iam
