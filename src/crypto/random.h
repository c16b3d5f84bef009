#pragma once

#include <cstddef>
#include <string>

namespace gantry::crypto {

// `count` bytes of OpenSSL's random generator, fit for keys and ids nobody may guess. Aborts when
// the system has no entropy source: nothing secure can be done then.
// Threads: any.
std::string RandomBytes(size_t count);

// Lower-case hexadecimal of `byte_count` random bytes: twice as many digits.
std::string RandomHex(size_t byte_count);

}  // namespace gantry::crypto
