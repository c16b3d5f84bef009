#include "kube/json_stream.h"

namespace gantry::kube {
namespace {

Error TooLarge() {
  return Error(Code::kTooLarge, "kube_object_too_large",
               "the Kubernetes API server gave an object of more than " +
                   std::to_string(kObjectBytesMax) + " bytes");
}

}  // namespace

Result<void> ListSplitter::Add(std::string_view bytes) {
  for (const char c : bytes) TRY(Take(c));
  return Ok();
}

Result<void> ListSplitter::Take(char c) {
  const bool was_in_string = in_string_;
  Track(c);
  if (!in_items_) {
    rest_ += c;
    if (rest_.size() > kObjectBytesMax) return TooLarge();
    in_items_ = !was_in_string && c == '[' && depth_ == 2 && key_ == "items";
    return Ok();
  }
  if (depth_ == 1) {  // the bracket that ends the items
    in_items_ = false;
    rest_ += c;
    return Ok();
  }
  if (item_.empty() && c != '{') return Ok();  // commas and blanks between them
  item_ += c;
  if (item_.size() > kObjectBytesMax) return TooLarge();
  if (depth_ > 2) return Ok();
  const std::string item = std::move(item_);
  item_.clear();
  return on_item_(item);
}

void ListSplitter::Track(char c) {
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
      return;
    }
    if (depth_ == 1 && key_.size() < sizeof("items")) key_ += c;
    return;
  }
  if (c == '"') {
    in_string_ = true;
    if (depth_ == 1) key_.clear();
  } else if (c == '{' || c == '[') {
    ++depth_;
  } else if (c == '}' || c == ']') {
    --depth_;
  }
}

Result<void> LineSplitter::Add(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    line_ += bytes.substr(0, end);
    if (line_.size() > kObjectBytesMax) return TooLarge();
    if (end == std::string_view::npos) return Ok();
    bytes.remove_prefix(end + 1);
    const std::string line = std::move(line_);
    line_.clear();
    if (!line.empty()) TRY(on_line_(line));
  }
  return Ok();
}

}  // namespace gantry::kube
