#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gantry::kube {

// What one object of an answer may be; etcd keeps 1.5 MiB at most.
inline constexpr size_t kObjectBytesMax = 4 << 20;

// Takes the objects of "items" out of a list ({"metadata":…,"items":[{…},…]}) while it arrives, so
// that a page is never in memory as a whole. Threads: one.
class ListSplitter {
 public:
  using OnItem = std::function<Result<void>(std::string_view object)>;
  explicit ListSplitter(OnItem on_item) : on_item_(std::move(on_item)) {}

  // Errors: those of the callback; too_large/kube_object_too_large. What is no JSON is found when
  // the parts are parsed.
  Result<void> Add(std::string_view bytes);
  // The list without its items: {"metadata":…,"items":[]}. Read when all was added.
  const std::string& rest() const { return rest_; }

 private:
  Result<void> Take(char c);
  void Track(char c);

  OnItem on_item_;
  std::string rest_;
  std::string item_;
  std::string key_;  // the last string at depth 1
  int depth_ = 0;    // of braces and brackets that are open
  bool in_string_ = false;
  bool escaped_ = false;
  bool in_items_ = false;  // between the brackets of "items"
};

// Takes lines out of a stream, without their ends; empty ones are left out. Threads: one.
class LineSplitter {
 public:
  using OnLine = std::function<Result<void>(std::string_view line)>;
  explicit LineSplitter(OnLine on_line) : on_line_(std::move(on_line)) {}

  // Errors as ListSplitter::Add.
  Result<void> Add(std::string_view bytes);

 private:
  OnLine on_line_;
  std::string line_;
};

}  // namespace gantry::kube
