#pragma once

namespace gantry::net {

// Asks the kernel to run the calling thread soon after it wakes, in return for shorter turns
// (sched_setattr(2), 0.1 ms slices; Linux 6.12 and later, earlier ones take no notice). For threads
// that wake often and run briefly: they then need not wait until a busy thread's turn ends.
void PreferShortSlices();

}  // namespace gantry::net
