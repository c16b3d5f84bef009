#pragma once

#include <cstddef>
#include <string>

namespace loadgen {

// Incremental SHA-256. Not thread-safe. Aborts the program when libcrypto fails.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(const char* data, size_t size_bytes);

  // "sha256:" and 64 hexadecimal digits. The object starts afresh afterwards.
  std::string FinishDigest();

 private:
  void* context_;
};

}  // namespace loadgen
