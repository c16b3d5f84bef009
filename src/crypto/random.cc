#include "crypto/random.h"

#include <openssl/rand.h>

#include "base/assert.h"
#include "base/encoding.h"

namespace gantry::crypto {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  GANTRY_ASSERT(RAND_bytes_ex(nullptr, reinterpret_cast<unsigned char*>(bytes.data()), count, 0) ==
                1);
  return bytes;
}

std::string RandomHex(size_t byte_count) { return HexEncode(RandomBytes(byte_count)); }

}  // namespace gantry::crypto
