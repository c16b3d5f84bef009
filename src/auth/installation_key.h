#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "db/db.h"

namespace gantry::auth {

// The key under which this installation keeps secrets that it must be able to read again: 32 random
// bytes, in hexadecimal, in a file that only the owner can read. All nodes have the same file.
// Threads: const methods from any thread.
class InstallationKey {
 public:
  // Reads the file, or makes it, durably, when there is none and `db` has never seen a key. Errors:
  // failed_precondition/installation_key_missing (the database has secrets of a key that is lost),
  // failed_precondition/installation_key_differs (of another key),
  // failed_precondition/installation_key_readable (others than the owner can read it),
  // failed_precondition/installation_key_invalid (not 64 hexadecimal digits).
  static Result<InstallationKey> Open(const std::string& path, db::Db& db);
  // REQUIRES: 32 bytes.
  explicit InstallationKey(std::string bytes);
  ~InstallationKey();
  InstallationKey(InstallationKey&&) = default;
  InstallationKey(const InstallationKey&) = delete;
  InstallationKey& operator=(InstallationKey&&) = delete;
  InstallationKey& operator=(const InstallationKey&) = delete;

  // AES-256-GCM with a random nonce. `place` says what the secret belongs to ("access_key/AKIA…");
  // what was sealed for one place does not open at another.
  std::string Seal(std::string_view place, std::string_view secret) const;
  // corruption/sealed_secret_damaged: changed, of another key or of another place.
  Result<std::string> Unseal(std::string_view place, std::string_view sealed) const;

  // 32 bytes that only this installation can compute from `purpose` and `text`.
  std::string Derive(std::string_view purpose, std::string_view text) const;

 private:
  std::string bytes_;
};

}  // namespace gantry::auth
