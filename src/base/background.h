#pragma once

#include "base/function_ref.h"

// Threads whose work nobody waits for. The priority is advice: where a sandbox forbids the call,
// the work is done all the same.
namespace gantry {

// Lets the calling thread stand behind those that serve clients (nice 10), for as long as it lives.
void StandBehind();

// Runs `work` on a thread that stands behind those that serve clients; returns when it has ended.
void RunBehind(FunctionRef<void()> work);

}  // namespace gantry
