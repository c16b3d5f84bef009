#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/program.h"
#include "cli/surroundings.h"
#include "cli/workload_token.h"

namespace gantry::cli {

struct KubeReporterOptions {
  std::string cluster;                  // what people call it: "prod"
  std::vector<std::string> registries;  // as for kube::Registries
  std::string account;                  // id; "": the one that the server takes
  // `server` "": that of the first registry. `audience` is not looked at.
  WorkloadOptions workload;
  std::string username;  // a user or robot instead of a token
  std::string password_file;
  std::string kubeconfig;      // file; "": the pod's own access
  std::string context;         // of the kubeconfig; "": the current one
  std::string kubernetes_url;  // without credentials: of `kubectl proxy`
  int64_t heartbeat_seconds = 60;
  int64_t silent_after_seconds = 0;  // 0: five heartbeats
  int64_t resolve_seconds = 300;
  bool once = false;
};

// Tells a registry which of its images a Kubernetes cluster needs, until SIGTERM or SIGINT. Logs
// lines of JSON on standard error. Returns an ExitCode. REQUIRES: no other thread runs.
int RunKubeReporter(Program& program, const Surroundings& surroundings,
                    const KubeReporterOptions& options);

}  // namespace gantry::cli
