#pragma once

#include <string>

#include "audit/verify.h"
#include "base/result.h"

namespace gantry::server {

// Checks the audit log in a folder, for `gantry audit verify`. `public_key`: 64 hexadecimal digits,
// "" for the key beside the log. not_found/audit_folder_missing,
// invalid_argument/public_key_invalid, and what audit::Verify says.
Result<audit::VerifyReport> VerifyAuditLog(const std::string& folder,
                                           const std::string& public_key);

// On standard output: sentences, or one JSON object.
void PrintAuditReport(const audit::VerifyReport& report, bool json);

}  // namespace gantry::server
