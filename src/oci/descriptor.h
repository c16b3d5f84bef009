#pragma once

#include <vector>

#include "base/result.h"
#include "json/document.h"
#include "oci/fields.h"
#include "oci/manifest.h"

namespace gantry::oci {

// A descriptor as it stands in a manifest (OCI image 1.1, descriptor). Errors: those of
// ParseManifest. Members it does not know are passed over.
Result<Descriptor> ReadDescriptor(json::Value value, const Field& field);

// An array of them; absent: none.
Result<std::vector<Descriptor>> ReadDescriptors(json::Value value, const Field& field);

// A media type, or "" when it is absent.
Result<std::string> ReadMediaType(json::Value value, const Field& field);

// An object of strings; absent: none.
Result<Annotations> ReadAnnotations(json::Value value, const Field& field);

}  // namespace gantry::oci
