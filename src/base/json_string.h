#pragma once

#include <string>
#include <string_view>

namespace gantry {

// Appends `text` as a JSON string with its quotes (RFC 8259, section 7). What is not UTF-8 becomes
// U+FFFD, one for each byte that does not belong; control characters are escaped, '/' is not.
void AppendJsonString(std::string& out, std::string_view text);

// The length in bytes of the UTF-8 sequence at the start of `text` (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF); 0 when there is none.
size_t Utf8SequenceLength(std::string_view text);

}  // namespace gantry
