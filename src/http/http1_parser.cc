#include "http/http1_parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstring>
#include <limits>
#include <string>
#include <variant>

#include "base/encoding.h"
#include "http/ascii.h"
#include "http/target.h"

namespace gantry::http {
namespace {

namespace beast = boost::beast;
using boost::beast::string_view;
using BoostError = boost::beast::error_code;

// What a request line may have besides the target.
constexpr size_t kMethodAndVersionMax = 64;

std::string_view View(string_view text) { return {text.data(), text.size()}; }

Refusal Bad(const char* reason, std::string message) {
  return {400, InvalidArgument(reason, std::move(message))};
}

Refusal HeadersTooLarge(const Limits& limits) {
  return {431, Error(Code::kTooLarge, "headers_too_large",
                     "the headers are larger than " + std::to_string(limits.header_bytes_max) +
                         " bytes or more than " + std::to_string(limits.headers_max))};
}

Refusal TargetTooLong(const Limits& limits) {
  return {414, Error(Code::kTooLarge, "target_too_long",
                     "the request target is longer than " +
                         std::to_string(limits.target_bytes_max) + " bytes")};
}

Method MethodOf(beast::http::verb name) {
  using beast::http::verb;
  switch (name) {
    case verb::get:
      return Method::kGet;
    case verb::head:
      return Method::kHead;
    case verb::post:
      return Method::kPost;
    case verb::put:
      return Method::kPut;
    case verb::patch:
      return Method::kPatch;
    case verb::delete_:
      return Method::kDelete;
    case verb::options:
      return Method::kOptions;
    default:
      return Method::kOther;
  }
}

// Fills a Request, and checks what Beast lets through.
class HeadParser final : public beast::http::basic_parser<true> {
 public:
  HeadParser(const Limits& limits, Request& request) : limits_(limits), request_(request) {
    header_limit(std::numeric_limits<uint32_t>::max());
    body_limit(boost::none);
  }

  std::optional<Refusal> refusal;
  bool has_transfer_encoding = false;
  bool expects_continue = false;
  int hosts = 0;

 private:
  void Refuse(Refusal why, BoostError& ec) {
    refusal = std::move(why);
    ec = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb method, string_view, string_view target, int version,
                       BoostError& ec) override {
    request_.method = MethodOf(method);
    request_.version = version;
    if (target.size() > static_cast<size_t>(limits_.target_bytes_max)) {
      return Refuse(TargetTooLong(limits_), ec);
    }
    auto parsed = ParseTarget(View(target), request_);
    if (!parsed.ok()) Refuse({400, std::move(parsed).error()}, ec);
  }

  void on_field_impl(beast::http::field name, string_view name_text, string_view value,
                     BoostError& ec) override {
    using beast::http::field;
    if (++count_ > limits_.headers_max) return Refuse(HeadersTooLarge(limits_), ec);
    switch (name) {
      case field::content_length:
        return OnContentLength(View(value), ec);
      case field::transfer_encoding:
        has_transfer_encoding = true;
        if (!EqualsIgnoreCase(View(value), "chunked")) {
          return Refuse(Bad("bad_transfer_encoding",
                            "the only transfer coding that is understood is chunked"),
                        ec);
        }
        break;
      case field::host:
        ++hosts;
        if (request_.authority.empty()) request_.authority.assign(View(value));
        break;
      case field::expect:
        expects_continue = EqualsIgnoreCase(View(value), "100-continue");
        if (!expects_continue) {
          return Refuse({417, Error(Code::kUnsupported, "bad_expectation",
                                    "the only expectation that is understood is 100-continue")},
                        ec);
        }
        break;
      default:
        break;
    }
    request_.AddHeader(View(name_text), View(value));
  }

  // Beast reads a list of equal numbers as one.
  void OnContentLength(std::string_view value, BoostError& ec) {
    const auto length = ParseDecimal(value);
    if (!length || request_.content_length >= 0) {
      return Refuse(
          Bad("bad_content_length", "Content-Length must be one decimal number and be sent once"),
          ec);
    }
    request_.content_length = *length;
    request_.AddHeader("Content-Length", value);
  }

  void on_response_impl(int, string_view, int, BoostError&) override {}
  void on_header_impl(BoostError&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, BoostError&) override {}
  std::size_t on_body_impl(string_view, BoostError&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, BoostError&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, BoostError&) override { return 0; }
  void on_finish_impl(BoostError&) override {}

  const Limits& limits_;
  Request& request_;
  int count_ = 0;
};

// "HTTP/2.0" is a version, "HTPP/1.1" is none.
bool LooksLikeVersion(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  const size_t space = line.rfind(' ');
  if (std::count(line.begin(), line.end(), ' ') != 2) return false;
  const std::string_view version = line.substr(space + 1);
  const auto digit = [&](size_t at) { return version[at] >= '0' && version[at] <= '9'; };
  return version.size() == 8 && version.substr(0, 5) == "HTTP/" && digit(5) && version[6] == '.' &&
         digit(7);
}

Refusal Explain(const BoostError& ec, std::string_view head) {
  using beast::http::error;
  if (ec == error::bad_version && LooksLikeVersion(head)) {
    return {505, Error(Code::kUnsupported, "bad_version",
                       "this server speaks HTTP/1.0, HTTP/1.1 and HTTP/2")};
  }
  if (ec == error::bad_method || ec == error::bad_target || ec == error::bad_version) {
    return Bad("bad_request_line", "the request line is not \"METHOD target HTTP/1.1\"");
  }
  if (ec == error::bad_content_length || ec == error::multiple_content_length) {
    return Bad("bad_content_length",
               "Content-Length must be one decimal number, be sent once, and not together with "
               "Transfer-Encoding");
  }
  if (ec == error::bad_transfer_encoding) {
    return Bad("bad_transfer_encoding",
               "Transfer-Encoding must be sent once, and not together with Content-Length");
  }
  if (ec == error::bad_field) {
    return Bad("bad_header", "a header line does not begin with a name and ':'");
  }
  return Bad("bad_header", "a header has a value with characters that are not allowed");
}

std::optional<Refusal> CheckTogether(const HeadParser& parser, const Request& request) {
  if (parser.hosts > 1) return Bad("bad_host", "the request has more than one Host header");
  if (request.version >= 11 && parser.hosts == 0) {
    return Bad("bad_host", "an HTTP/1.1 request needs a Host header");
  }
  for (const char c : request.authority) {
    if (c > 0x20 && c < 0x7f && std::strchr("/\\?#@<>\"{}|^`", c) == nullptr) continue;
    return Bad("bad_host", "the Host header is not a host name with an optional port");
  }
  if (parser.has_transfer_encoding && request.version < 11) {
    return Bad("bad_transfer_encoding", "HTTP/1.0 has no Transfer-Encoding");
  }
  return std::nullopt;
}

}  // namespace

std::variant<size_t, Refusal> Http1HeadScanner::Scan(std::string_view bytes, const Limits& limits) {
  const auto max = static_cast<size_t>(limits.header_bytes_max);
  const size_t line_max = static_cast<size_t>(limits.target_bytes_max) + kMethodAndVersionMax;
  // Other protocols are told at once.
  if (!bytes.empty() && (bytes[0] <= ' ' || bytes[0] >= 0x7f)) {
    return Bad("bad_request_line", bytes[0] == 0x16 ? "this address does not speak TLS; use http://"
                                                    : "a request begins with the name of a method");
  }
  while (scanned_ < bytes.size()) {
    const void* found = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
    if (found == nullptr) break;
    const auto at = static_cast<size_t>(static_cast<const char*>(found) - bytes.data());
    if (at + 1 > max) break;
    if (line_ == 0 && at > line_max) return TargetTooLong(limits);
    if (at == line_ || bytes[at - 1] != '\r') {
      return Bad("bare_line_feed", "a header line ends without carriage return");
    }
    if (at - 1 == line_) return at + 1;  // the empty line
    const char first = bytes[line_];
    if (line_ > 0 && (first == ' ' || first == '\t')) {
      return Bad("folded_header", "a header is folded over several lines; send it in one");
    }
    line_ = at + 1;
    scanned_ = at + 1;
  }
  scanned_ = std::min(bytes.size(), max);
  if (line_ == 0 && scanned_ > line_max) return TargetTooLong(limits);
  if (bytes.size() >= max) return line_ == 0 ? TargetTooLong(limits) : HeadersTooLarge(limits);
  return size_t{0};
}

std::variant<Http1Head, Refusal> ParseHttp1Head(std::string_view head, const Limits& limits,
                                                Request& request) {
  HeadParser parser(limits, request);
  BoostError error;
  parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (parser.refusal) return std::move(*parser.refusal);
  if (error || !parser.is_header_done()) return Explain(error, head);
  if (auto refusal = CheckTogether(parser, request)) return std::move(*refusal);
  Http1Head result;
  result.chunked = parser.has_transfer_encoding;
  result.keep_alive = parser.keep_alive();
  result.expects_continue = parser.expects_continue && request.version >= 11;
  return result;
}

// Beast wants the head first: it gets a small one, then the body that the client sends.
class ChunkedDecoder::Parser final : public beast::http::basic_parser<true> {
 public:
  Parser() {
    body_limit(boost::none);
    constexpr std::string_view kHead = "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    BoostError error;
    put(boost::asio::const_buffer(kHead.data(), kHead.size()), error);
    GANTRY_ASSERT(!error && is_header_done());
  }

  std::string_view data;
  size_t data_max = 0;
  uint64_t chunk_left = 0;  // bytes of the chunk that have not been read

 private:
  std::size_t on_chunk_body_impl(std::uint64_t left, string_view body, BoostError&) override {
    data = View(body).substr(0, data_max);
    chunk_left = left - data.size();
    return data.size();
  }
  void on_request_impl(beast::http::verb, string_view, string_view, int, BoostError&) override {}
  void on_response_impl(int, string_view, int, BoostError&) override {}
  void on_field_impl(beast::http::field, string_view, string_view, BoostError&) override {}
  void on_header_impl(BoostError&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, BoostError&) override {}
  std::size_t on_body_impl(string_view, BoostError&) override { return 0; }
  // Beast takes a line feed inside of quotes; others take it for the end of the line.
  void on_chunk_header_impl(std::uint64_t size, string_view extensions, BoostError& ec) override {
    chunk_left = size;
    const bool control = std::any_of(extensions.begin(), extensions.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (control) ec = beast::http::error::bad_chunk_extension;
  }
  void on_finish_impl(BoostError&) override {}
};

ChunkedDecoder::ChunkedDecoder() : parser_(std::make_unique<Parser>()) {}
ChunkedDecoder::~ChunkedDecoder() = default;

// Looks at lines (chunk heads and trailers) that are not complete.
bool ChunkedDecoder::HasBareLineFeed(std::string_view bytes) {
  for (; checked_ < bytes.size(); ++checked_) {
    if (bytes[checked_] == '\n' && (checked_ == 0 || bytes[checked_ - 1] != '\r')) return true;
  }
  return false;
}

Result<ChunkedDecoder::Step> ChunkedDecoder::Decode(std::string_view bytes, size_t data_max) {
  Step step;
  BoostError error;
  parser_->data = {};
  parser_->data_max = data_max;
  // Of an empty body's last chunk Beast asserts that it sees 3 bytes, or 5, and never 4.
  const bool too_early =
      parser_->chunk_left == 0 && bytes.size() == 4 && bytes.substr(0, 3) == "0\r\n";
  if (too_early) {
    error = beast::http::error::need_more;
  } else {
    step.consumed = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  }
  // Beast waits for a CR, however long.
  const bool broken =
      error ? error != beast::http::error::need_more || HasBareLineFeed(bytes) : false;
  if (broken) return InvalidArgument("bad_chunk", "the chunked coding of the body is broken");
  if (step.consumed > 0) checked_ = 0;
  step.data = parser_->data;
  step.done = parser_->is_done();
  return step;
}

}  // namespace gantry::http
