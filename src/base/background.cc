#include "base/background.h"

#include <sys/resource.h>
#include <unistd.h>

#include <thread>

namespace gantry {

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
