#include "json/document.h"

namespace gantry::json {

std::optional<std::string_view> Value::String() const {
  if (node_->kind != Kind::kString) return std::nullopt;
  return std::string_view(node_->text, node_->length);
}

std::optional<int64_t> Value::Int() const {
  if (node_->kind != Kind::kInt) return std::nullopt;
  return node_->integer;
}

std::optional<double> Value::Double() const {
  if (node_->kind == Kind::kInt) return static_cast<double>(node_->integer);
  if (node_->kind != Kind::kDouble) return std::nullopt;
  return node_->real;
}

std::optional<bool> Value::Bool() const {
  if (node_->kind != Kind::kBool) return std::nullopt;
  return node_->integer != 0;
}

size_t Value::size() const {
  return IsArray() || IsObject() ? static_cast<size_t>(node_->integer) : 0;
}

Value Value::Find(std::string_view key) const {
  for (const auto member : Members()) {
    if (member.key == key) return member.value;
  }
  return Value();
}

Items Value::Items() const {
  const Node* first = node_ + 1;
  return json::Items(first, IsArray() ? node_ + node_->span : first);
}

Members Value::Members() const {
  const Node* first = node_ + 1;
  return json::Members(first, IsObject() ? node_ + node_->span : first);
}

}  // namespace gantry::json
