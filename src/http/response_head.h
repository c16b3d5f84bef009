#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/response.h"

namespace gantry::http {

// The reason phrase of a status; "Unknown" for others than RFC 9110's.
std::string_view ReasonPhrase(int status);

// The length of a body, -1 if unknown.
int64_t BodyLength(const Body& body);

// How an answer is framed; the same for both protocols.
struct Framing {
  bool send_body = false;
  int64_t content_length = -1;  // of the header; -1: no header
};
// RFC 9110, section 6.4.1 and 8.6: what HEAD, 1xx, 204 and 304 leave out. A Content-Length of the
// handler counts where no body is sent; else the body decides.
Framing FramingOf(const Response& response, bool head_request);

// True for the headers that the server writes itself (of a handler's they are left out).
bool IsServerHeader(std::string_view name);

// What the server adds to the head of an HTTP/1.1 answer.
struct HeadOptions {
  int64_t content_length = -1;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;  // to be said to an HTTP/1.0 client
  std::string_view date;
  std::string_view request_id;
};
// Appends status line, headers and the empty line.
void AppendHead(std::string& out, const Response& response, const HeadOptions& options);

// Appends a header's text without the bytes that would end it.
void AppendCleaned(std::string& out, std::string_view text);

// "Tue, 24 Nov 2026 09:15:00 GMT" (RFC 9110, section 5.6.7).
std::string FormatHttpDate(int64_t unix_seconds);

}  // namespace gantry::http
