#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gantry {

// Lower-case hexadecimal of `bytes`.
std::string HexEncode(std::string_view bytes);
// The bytes of a hexadecimal text, lower case only; nullopt if it is anything else.
std::optional<std::string> HexDecode(std::string_view text);

// RFC 4648, section 4 (with padding) and section 5 (URL alphabet, no padding).
std::string Base64Encode(std::string_view bytes);
std::string Base64UrlEncode(std::string_view bytes);
// Strict: padding exactly as RFC 4648 section 4 says, no white space; nullopt otherwise.
std::optional<std::string> Base64Decode(std::string_view text);
// As strict, of section 5 without padding.
std::optional<std::string> Base64UrlDecode(std::string_view text);

// A non-negative decimal integer without sign, leading blanks or overflow; nullopt otherwise.
std::optional<int64_t> ParseDecimal(std::string_view text);

// Percent-decoding (RFC 3986). `plus_is_space` for query strings. nullopt on a broken escape.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space);
// Percent-encodes everything but RFC 3986's unreserved characters (and '/' if `keep_slash`).
std::string PercentEncode(std::string_view text, bool keep_slash = false);

}  // namespace gantry
