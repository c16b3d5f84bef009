#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gantry::api::sts {

// Appends elements to a document without white space. Threads: one.
class XmlWriter {
 public:
  // Appends to `out`, which outlives the writer. REQUIRES of all names: literals, fit for elements.
  explicit XmlWriter(std::string& out) : out_(out) {}

  XmlWriter& Open(const char* name, std::string_view xmlns = "");
  XmlWriter& Close();
  // What XML 1.0 cannot say becomes '?'.
  XmlWriter& Element(const char* name, std::string_view text);

 private:
  void AppendText(std::string_view text);

  std::string& out_;
  std::vector<const char*> open_;
};

}  // namespace gantry::api::sts
