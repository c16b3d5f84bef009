#pragma once

#include "json/document.h"
#include "json/writer.h"

namespace gantry::json {

// Writes a value of a document with all that is in it, where the writer expects a value.
void WriteValue(Writer& writer, Value value);

}  // namespace gantry::json
