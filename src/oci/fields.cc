#include "oci/fields.h"

#include "oci/excerpt.h"

namespace gantry::oci {
namespace {

constexpr size_t kNameShown = 64;  // of a name that a client chose

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string Field::Path() const {
  std::string path = parent != nullptr ? parent->Path() : "";
  if (!path.empty() && !name.empty()) path += '.';
  path += name.substr(0, kNameShown);
  if (index != SIZE_MAX) {
    path += '[';
    path += std::to_string(index);
    path += ']';
  }
  return path;
}

Error FieldInvalid(const Field& field, std::string_view problem) {
  const std::string path = field.Path();
  std::string message = "the manifest is refused: ";
  message += path.empty() ? "it" : path;
  message += ' ';
  message += problem;
  return InvalidArgument("manifest_invalid", std::move(message)).With("field", path);
}

bool EqualsFolded(std::string_view text, std::string_view name) {
  size_t i = 0;
  for (const char expected : name) {
    const char folded = Lower(expected);
    const std::string_view rest = text.substr(i);
    if (!rest.empty() && Lower(rest[0]) == folded) {
      i += 1;
    } else if (folded == 's' && rest.starts_with("\u017f")) {
      i += 2;
    } else if (folded == 'k' && rest.starts_with("\u212a")) {
      i += 3;
    } else {
      return false;
    }
  }
  return i == text.size();
}

Result<void> TakeFields(json::Value object, const Field& field, std::span<const Slot> slots) {
  for (const auto [key, value] : object.Members()) {
    for (const auto& [name, slot] : slots) {
      if (key == name) {
        if (!value.IsNull()) *slot = value;
        break;
      }
      if (EqualsFolded(key, name))
        return FieldInvalid(field, "has the member " + Excerpt(key) + "; write it " +
                                       Excerpt(name) + " or leave it out");
    }
  }
  return Ok();
}

Result<std::string_view> StringField(json::Value value, const Field& field) {
  if (!value) return std::string_view();
  const auto text = value.String();
  if (!text) return FieldInvalid(field, "must be a string");
  return *text;
}

}  // namespace gantry::oci
