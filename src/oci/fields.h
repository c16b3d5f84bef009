#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"

// Reading the members of JSON objects that other programs will read after us.
namespace gantry::oci {

// Where in the document a value stands, "layers[3].digest"; on the stack of whoever reads it.
struct Field {
  const Field* parent = nullptr;
  std::string_view name;
  size_t index = SIZE_MAX;  // of an item; SIZE_MAX: none

  std::string Path() const;
};

// invalid_argument/manifest_invalid with the detail `field`; `problem` completes a sentence that
// begins with the field.
Error FieldInvalid(const Field& field, std::string_view problem);

// Whether `text` equals `name` when case is folded as Go's encoding/json does it: without regard to
// ASCII case, and with U+017F for 's' and U+212A for 'k'. REQUIRES: `name` is ASCII.
bool EqualsFolded(std::string_view text, std::string_view name);

struct Slot {
  std::string_view name;
  json::Value* value;
};

// Finds the members named by the slots; null counts as absent. A member whose name equals a slot's
// but for case is refused: clients written in Go, which is most of them, would take it for the real
// one, and so see another document than everybody else.
Result<void> TakeFields(json::Value object, const Field& field, std::span<const Slot> slots);

// The value as a string, or manifest_invalid. `value` absent: "".
Result<std::string_view> StringField(json::Value value, const Field& field);

}  // namespace gantry::oci
