#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/handler.h"

namespace gantry::server {

// What a load balancer and a supervisor ask.
//   /healthz  200 as long as a reactor answers: restart the process when it does not.
//   /readyz   200 when requests would succeed, 503 otherwise, with each check in JSON:
//             {"ready":false,"checks":{"serving":{"ok":false,"reason":"draining"},
//               "disk":{"ok":true,"free_bytes":1,"free_bytes_min":1},"database":{"ok":true}}}
// Threads: all methods from any thread.
class Health {
 public:
  // What is asked of the parts below; both block, run on workers and from several threads at once.
  struct Probes {
    std::function<Result<void>()> database;
    std::function<Result<int64_t>()> free_bytes;
  };
  Health(Probes probes, int64_t free_bytes_min)
      : probes_(std::move(probes)), free_bytes_min_(free_bytes_min) {}

  // From now on /readyz answers 503.
  void StartDraining() { draining_.store(true); }

  // The routes refer to this object.
  std::vector<http::Route> Routes();

 private:
  http::Response Ready();

  const Probes probes_;
  const int64_t free_bytes_min_;
  std::atomic<bool> draining_{false};
};

}  // namespace gantry::server
