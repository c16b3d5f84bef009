#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "connection.h"

namespace loadgen {

using Clock = std::chrono::steady_clock;

// What a closed loop sends: every slot is one connection with one request in flight.
class Script {
 public:
  virtual ~Script() = default;

  // The next request of the slot; false ends the slot.
  virtual bool Next(size_t slot, Request* request) = 0;

  // The answer to that request. false ends the slot and counts as an error.
  virtual bool Done(size_t slot, Response& response, Clock::duration latency) = 0;
};

struct LoopResult {
  double seconds = 0;  // first request to last answer
  double client_cpu_seconds = 0;
  uint64_t errors = 0;      // slots that ended early: refused, broken, unexpected status
  uint64_t reconnects = 0;  // the server closed between two requests
  std::string first_error;
};

// Opens `connections` connections, then runs the script to its end on the calling thread.
LoopResult RunClosedLoop(const Address& address, size_t connections, Script& script);

}  // namespace loadgen
