#pragma once

#include "base/result.h"
#include "core/verifier.h"
#include "server/config.h"

namespace gantry::server {

// Takes the data folder and checks everything that is stored. Progress is shown on standard error
// if that is a terminal. Errors: those of DataFolder::Lock, Stores::Open and core::VerifyStore.
Result<core::Verification> Verify(const Config& config);

// The report, for people or as JSON:
//   {"blobs":1,"bytes":2,"orphans":0,"uploads":0,"defects":[{"what","subject","detail"}]}
void PrintVerification(const core::Verification& verification, bool json);

}  // namespace gantry::server
