#pragma once

#include <string>

#include "api/admin/call.h"
#include "base/result.h"
#include "http/response.h"
#include "meta/access_keys.h"

// Access keys of one owner ("user:alice", "robot:ci"), for administrators and for the owner
// himself.
namespace gantry::api::admin {

Result<http::Response> ListKeysOf(const Call& call, const std::string& owner);
Result<http::Response> CreateKeyOf(const Call& call, const std::string& owner);
// The key that the path names. not_found/access_key_unknown
Result<meta::AccessKey> KeyOfPath(const Call& call);
Result<http::Response> ChangeKey(const Call& call, const meta::AccessKey& key);
Result<http::Response> DeleteKey(const Call& call, const meta::AccessKey& key);

}  // namespace gantry::api::admin
