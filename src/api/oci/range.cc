#include "api/oci/range.h"

#include <algorithm>
#include <string>

#include "base/encoding.h"

namespace gantry::api::oci {
namespace {

constexpr std::string_view kUnit = "bytes=";

Error NotSatisfiable(std::string_view header, int64_t size) {
  return Error(Code::kOutOfRange, "range_not_satisfiable",
               "the range \"" + std::string(header) + "\" lies outside of the " +
                   std::to_string(size) + " bytes there are");
}

}  // namespace

Result<std::optional<ByteRange>> ParseRange(std::optional<std::string_view> header, int64_t size) {
  const std::optional<ByteRange> everything;
  if (!header || header->substr(0, kUnit.size()) != kUnit) return everything;
  const std::string_view text = header->substr(kUnit.size());
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) {
    return everything;
  }
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = ParseDecimal(first_text);
  const auto last = ParseDecimal(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty())) return everything;
  if (!first && !last) return everything;
  if (!first) {  // the last N bytes
    if (*last == 0 || size == 0) return NotSatisfiable(*header, size);
    const int64_t length = std::min(*last, size);
    return std::optional(ByteRange{size - length, length});
  }
  const int64_t end = last ? std::min(*last, size - 1) : size - 1;
  if (*first >= size || end < *first) return NotSatisfiable(*header, size);
  return std::optional(ByteRange{*first, end - *first + 1});
}

Result<ByteRange> ParseContentRange(std::string_view header) {
  std::string_view text = header;
  if (text.substr(0, 6) == "bytes ") text.remove_prefix(6);
  text = text.substr(0, text.find('/'));
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) {
    const auto first = ParseDecimal(text.substr(0, dash));
    const auto last = ParseDecimal(text.substr(dash + 1));
    if (first && last && *last >= *first) return ByteRange{*first, *last - *first + 1};
  }
  return InvalidArgument("upload_invalid", "Content-Range must be \"<first>-<last>\", not \"" +
                                               std::string(header) + "\"");
}

}  // namespace gantry::api::oci
