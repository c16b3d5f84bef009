#include "auth/ldap_filter.h"

#include "base/encoding.h"

namespace gantry::auth {

std::string EscapeFilterValue(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    const bool special = c == '*' || c == '(' || c == ')' || c == '\\' || c == '\0';
    if (special) {
      escaped += '\\' + HexEncode(std::string_view(&c, 1));
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string FillFilter(std::string_view filter, const std::map<std::string, std::string>& values) {
  std::string filled;
  while (!filter.empty()) {
    const size_t end = filter.front() == '{' ? filter.find('}') : filter.npos;
    const auto value =
        end == filter.npos ? values.end() : values.find(std::string(filter.substr(1, end - 1)));
    if (value == values.end()) {
      filled += filter.front();
      filter.remove_prefix(1);
    } else {
      filled += EscapeFilterValue(value->second);
      filter.remove_prefix(end + 1);
    }
  }
  return filled;
}

}  // namespace gantry::auth
