#include "base/scheduling.h"

#include <linux/sched.h>
#include <linux/sched/types.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

namespace gantry {

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

void StandBehind() {
  constexpr int kNice = 10;  // of this thread alone, as Linux has it
  static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice));
}

void RunBehind(FunctionRef<void()> work) {
  std::thread thread([work] {
    StandBehind();
    work();
  });
  thread.join();
}

}  // namespace gantry
