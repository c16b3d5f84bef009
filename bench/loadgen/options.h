#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connection.h"

namespace loadgen {

// The command line: gantry-loadgen MODE --target HOST:PORT [--name value]...
// Every mode reads the same set; what a mode does not use has no effect.
struct Options {
  std::string mode;
  Address target;
  std::vector<std::string> paths;       // --path, may be given several times
  std::string repository = "bench/r";   // --repo
  std::string form = "two";             // --form two|single: POST + PUT, or POST?digest=
  std::string kind = "headers";         // --kind headers|body|reader: how a slow client is slow
  std::string tag_prefix = "v";         // --tag-prefix
  std::string authorization;            // --authorization, the header's value
  std::string label;                    // --label, copied into the output
  uint64_t connections = 1;             // --connections
  uint64_t count = 0;                   // --count, 0 = no limit
  uint64_t size_bytes = 4096;           // --size
  uint64_t chunk_bytes = 0;             // --chunk, 0 = monolithic
  uint64_t seed = 0;                    // --seed, 0 = from clock and process id
  double pace = 1000;                   // --pace, requests a second
  double push_pace = 0;                 // --push-pace, manifests a second beside those requests
  double seconds = 0;                   // --seconds, 0 = no limit
  double dribble_bytes_per_second = 1;  // --rate
};

// false: `error` says what is wrong and with which value.
bool ParseOptions(const std::vector<std::string>& arguments, Options* options, std::string* error);

}  // namespace loadgen
