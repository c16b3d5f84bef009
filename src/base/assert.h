#pragma once

namespace gantry {

// Prints the place and the condition to standard error and aborts.
[[noreturn]] void AssertionFailed(const char* condition, const char* file, int line);

}  // namespace gantry

// For our own mistakes only, never for input. Stays on in release builds.
#define GANTRY_ASSERT(condition)                                 \
  do {                                                           \
    if (!(condition)) [[unlikely]]                               \
      ::gantry::AssertionFailed(#condition, __FILE__, __LINE__); \
  } while (false)
