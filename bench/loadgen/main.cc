#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "modes.h"

namespace {

constexpr char kUsage[] =
    "usage: gantry-loadgen MODE --target HOST:PORT [--name value]...\n"
    "modes: get head download paced pages push-blobs push-large put-manifests idle slow-clients\n"
    "options are described in options.h and README.md; one JSON line a figure on stdout;\n"
    "exit 0 when every answer was the expected one, 1 otherwise, 2 for wrong arguments\n";

using Mode = bool (*)(const loadgen::Options&);

Mode FindMode(const std::string& name) {
  if (name == "get" || name == "head" || name == "download") return loadgen::RunGet;
  if (name == "paced") return loadgen::RunPaced;
  if (name == "pages") return loadgen::RunPages;
  if (name == "push-blobs") return loadgen::RunPushBlobs;
  if (name == "push-large") return loadgen::RunPushLarge;
  if (name == "put-manifests") return loadgen::RunPutManifests;
  if (name == "idle") return loadgen::RunIdle;
  if (name == "slow-clients") return loadgen::RunSlowClients;
  return nullptr;
}

void RaiseOpenFileLimit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  loadgen::Options options;
  std::string error;
  const bool parsed = loadgen::ParseOptions(arguments, &options, &error);
  const Mode mode = parsed ? FindMode(options.mode) : nullptr;
  if (mode == nullptr) {
    std::fprintf(stderr, "gantry-loadgen: %s\n%s",
                 parsed ? ("no mode '" + options.mode + "'").c_str() : error.c_str(), kUsage);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  RaiseOpenFileLimit();
  return mode(options) ? 0 : 1;
}
