#include "api/login/page.h"

namespace gantry::api::login {
namespace {

int StatusOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
      return 400;
    // There is no header to show a credential in.
    case Code::kUnauthenticated:
    case Code::kPermissionDenied:
      return 403;
    case Code::kNotFound:
      return 404;
    case Code::kAlreadyExists:
      return 409;
    case Code::kResourceExhausted:
      return 429;
    case Code::kUnavailable:
    case Code::kDeadlineExceeded:
      return 503;
    default:
      return 500;
  }
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

http::Response Page(int status, std::string_view heading, std::string_view body) {
  const std::string title = Escaped(heading);
  std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";
  html.append(title).append("</title></head>\n<body>\n<h1>").append(title).append("</h1>\n");
  html.append(body).append("</body>\n</html>\n");
  http::Response response;
  response.status = status;
  response.Add("Content-Type", "text/html; charset=utf-8");
  response.Add("Content-Security-Policy",
               "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.Add("Cache-Control", "no-store");
  response.body = std::move(html);
  return response;
}

http::Response RenderError(const Error& error) {
  const int status = StatusOf(error.code());
  const std::string sentence =
      status == 500 ? "something went wrong in the registry" : error.message();
  return Page(status, "You are not logged in", "<p>" + Escaped(sentence) + "</p>\n");
}

}  // namespace gantry::api::login
