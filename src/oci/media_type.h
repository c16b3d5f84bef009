#pragma once

#include <string_view>

#include "oci/manifest.h"

namespace gantry::oci {

// The media type in a Content-Type value: without parameters and blanks around it.
std::string_view BareMediaType(std::string_view content_type);

// Whether the text can stand as a media type here: 1 to 255 printable ASCII characters. Looser than
// RFC 6838, for artifacts in the field carry all kinds of text, and enough to be safe in a header.
bool IsMediaType(std::string_view text);

// Media types compare without regard to case (RFC 9110, section 8.3.1): the one spelling of those
// that mean something here, the text itself for all others.
std::string_view CanonicalMediaType(std::string_view media_type);

// REQUIRES: canonical.
ManifestKind KindOf(std::string_view media_type);

// Docker's manifests before 2016, which no longer are accepted. REQUIRES: canonical.
bool IsSchema1(std::string_view media_type);

// Whether it says that the document is JSON. REQUIRES: canonical.
bool IsJson(std::string_view media_type);

}  // namespace gantry::oci
