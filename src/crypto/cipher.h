#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gantry::crypto {

// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce: nonce || ciphertext || 16-byte tag.
// `context` is authenticated, not stored. REQUIRES: `key` has 32 bytes; fewer than 2^32 messages a
// key. Threads: any.
std::string Encrypt(std::string_view key, std::string_view context, std::string_view plain);
// nullopt: not made by Encrypt with this key and context, or changed since.
std::optional<std::string> Decrypt(std::string_view key, std::string_view context,
                                   std::string_view sealed);

// Overwrites a secret's bytes and empties the text.
void Erase(std::string& secret);

}  // namespace gantry::crypto
