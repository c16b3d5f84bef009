#include "net/short_slices.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace gantry::net {

void PreferShortSlices() {
  constexpr uint64_t kSliceNanoseconds = 100'000;
  sched_attr attributes{};
  attributes.size = sizeof attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.sched_policy != SCHED_NORMAL) return;
  attributes.sched_runtime = kSliceNanoseconds;
  // The threads that it starts are not meant.
  attributes.sched_flags |= SCHED_FLAG_RESET_ON_FORK;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

}  // namespace gantry::net
