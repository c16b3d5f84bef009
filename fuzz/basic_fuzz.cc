// Authorization headers and what Basic ones say: names that reach the database are clean.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/credentials.h"
#include "base/assert.h"
#include "base/encoding.h"

namespace {

using Kind = gantry::auth::BasicCredential::Kind;

void Check(std::string_view encoded) {
  const auto credential = gantry::auth::ParseBasic(encoded);
  if (!credential.ok()) {
    GANTRY_ASSERT(credential.error().reason() == "credentials_invalid");
    return;
  }
  GANTRY_ASSERT(credential->name.size() <= 256);
  GANTRY_ASSERT((credential->kind == Kind::kToken) == credential->name.empty());
  GANTRY_ASSERT(std::none_of(credential->name.begin(), credential->name.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  }));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto [scheme, rest] = gantry::auth::SplitScheme(text);
  GANTRY_ASSERT(rest.size() <= text.size());
  Check(rest);
  Check(gantry::Base64Encode(text));
  return 0;
}
