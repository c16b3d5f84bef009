#include "api/sts/xml_writer.h"

#include "base/json_string.h"

namespace gantry::api::sts {

XmlWriter& XmlWriter::Open(const char* name, std::string_view xmlns) {
  out_ += '<';
  out_ += name;
  if (!xmlns.empty()) {
    out_ += " xmlns=\"";
    AppendText(xmlns);
    out_ += '"';
  }
  out_ += '>';
  open_.push_back(name);
  return *this;
}

XmlWriter& XmlWriter::Close() {
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

XmlWriter& XmlWriter::Element(const char* name, std::string_view text) {
  Open(name);
  AppendText(text);
  return Close();
}

void XmlWriter::AppendText(std::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const char first = text.front();
    if (length == 0 ||
        (static_cast<unsigned char>(first) < 0x20 && first != '\t' && first != '\n')) {
      out_ += '?';
    } else if (first == '<') {
      out_ += "&lt;";
    } else if (first == '>') {
      out_ += "&gt;";
    } else if (first == '&') {
      out_ += "&amp;";
    } else if (first == '"') {
      out_ += "&quot;";
    } else {
      out_ += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

}  // namespace gantry::api::sts
