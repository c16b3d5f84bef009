#include "http/response_head.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>

#include "base/encoding.h"
#include "http/ascii.h"

namespace gantry::http {
namespace {

void AppendNumber(std::string& out, int64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

std::optional<int64_t> DeclaredLength(const Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (EqualsIgnoreCase(name, "Content-Length")) return ParseDecimal(value);
  }
  return std::nullopt;
}

constexpr bool EndsText(char c) { return c == '\r' || c == '\n' || c == '\0'; }

}  // namespace

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "Unknown";
  }
}

int64_t BodyLength(const Body& body) {
  if (const auto* bytes = std::get_if<std::string>(&body))
    return static_cast<int64_t>(bytes->size());
  if (const auto* shared = std::get_if<SharedBytes>(&body)) {
    return *shared == nullptr ? 0 : static_cast<int64_t>((*shared)->size());
  }
  if (const auto* file = std::get_if<FileRegion>(&body)) return file->length;
  const auto& source = std::get<std::unique_ptr<ByteSource>>(body);
  return source == nullptr ? 0 : source->length();
}

Framing FramingOf(const Response& response, bool head_request) {
  const int status = response.status;
  if (status < 200 || status == 204) return {false, -1};
  if (status == 304) return {false, DeclaredLength(response).value_or(-1)};
  const int64_t length = BodyLength(response.body);
  if (!head_request) return {true, length};
  if (const auto declared = DeclaredLength(response)) return {false, *declared};
  return {false, length};
}

bool IsServerHeader(std::string_view name) {
  switch (name.size()) {
    case 4:
      return EqualsIgnoreCase(name, "Date");
    case 10:
      return EqualsIgnoreCase(name, "Connection") || EqualsIgnoreCase(name, "Keep-Alive");
    case 12:
      return EqualsIgnoreCase(name, "X-Request-Id");
    case 14:
      return EqualsIgnoreCase(name, "Content-Length");
    case 17:
      return EqualsIgnoreCase(name, "Transfer-Encoding");
    default:
      return false;
  }
}

void AppendCleaned(std::string& out, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (!EndsText(text[i])) continue;
    out.append(text.substr(0, i));
    for (const char c : text.substr(i)) {
      if (!EndsText(c)) out.push_back(c);
    }
    return;
  }
  out.append(text);
}

void AppendHead(std::string& out, const Response& response, const HeadOptions& options) {
  out.append("HTTP/1.1 ");
  AppendNumber(out, response.status);
  out.push_back(' ');
  out.append(ReasonPhrase(response.status));
  out.append("\r\n");
  for (const auto& [name, value] : response.headers) {
    if (IsServerHeader(name)) continue;
    AppendCleaned(out, name);
    out.append(": ");
    AppendCleaned(out, value);
    out.append("\r\n");
  }
  if (options.content_length >= 0) {
    out.append("Content-Length: ");
    AppendNumber(out, options.content_length);
    out.append("\r\n");
  }
  if (options.chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (options.close) {
    out.append("Connection: close\r\n");
  } else if (options.keep_alive) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("Date: ");
  out.append(options.date);
  if (!options.request_id.empty()) {
    out.append("\r\nX-Request-Id: ");
    out.append(options.request_id);
  }
  out.append("\r\n\r\n");
}

std::string FormatHttpDate(int64_t unix_seconds) {
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<time_t>(unix_seconds);
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                kDays[static_cast<size_t>(tm.tm_wday)], tm.tm_mday,
                kMonths[static_cast<size_t>(tm.tm_mon)], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
                tm.tm_sec);
  return text.data();
}

}  // namespace gantry::http
