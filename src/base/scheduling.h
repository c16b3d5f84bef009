#pragma once

#include "base/function_ref.h"

// Which threads the kernel lets run first. All of it is advice: where a sandbox forbids the call,
// the work is done all the same.
namespace gantry {

// Asks the kernel to run the calling thread soon after it wakes, in return for shorter turns
// (sched_setattr(2), 0.1 ms slices; Linux 6.12 and later, earlier ones take no notice). For threads
// that wake often and run briefly: they then need not wait until a busy thread's turn ends.
void PreferShortSlices();

// Lets the calling thread stand behind those that serve clients (nice 10), for as long as it lives.
void StandBehind();

// Runs `work` on a thread that stands behind those that serve clients; returns when it has ended.
void RunBehind(FunctionRef<void()> work);

}  // namespace gantry
