// HTTP/1.1 requests on a connection, as Http1Session reads them: heads and bodies one after the
// other. Read in one piece and in small pieces they must come out the same.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/assert.h"
#include "http/http1_parser.h"
#include "http/router.h"

namespace {

using gantry::http::ChunkedDecoder;
using gantry::http::Http1Head;
using gantry::http::Http1HeadScanner;
using gantry::http::Limits;
using gantry::http::ParseHttp1Head;
using gantry::http::Refusal;
using gantry::http::Request;
using gantry::http::Route;
using gantry::http::Router;

Router MakeRouter() {
  std::vector<Route> routes;
  for (const char* pattern : {"/v2/", "/v2/{name...}/manifests/{reference}",
                              "/v2/{name...}/blobs/uploads/", "/v2/{name...}/blobs/{digest}"}) {
    Route route;
    route.pattern = pattern;
    routes.push_back(std::move(route));
  }
  return Router(std::move(routes));
}

Limits SmallLimits() {
  Limits limits;
  limits.header_bytes_max = 512;
  limits.target_bytes_max = 200;
  limits.headers_max = 8;
  return limits;
}

// One reading of a connection; `log` is what a handler would have seen.
class Reader {
 public:
  Reader(std::string_view bytes, size_t piece) : coming_(bytes), piece_(piece) {}

  std::string Run() {
    while (ReadRequest()) {
    }
    return std::move(log_);
  }

 private:
  bool More() {
    if (coming_.empty()) return false;
    const size_t n = std::min(piece_, coming_.size());
    buffer_.append(coming_.substr(0, n));
    coming_.remove_prefix(n);
    return true;
  }

  void Refused(const Refusal& refusal) {
    GANTRY_ASSERT(refusal.status >= 400 && refusal.status <= 505);
    GANTRY_ASSERT(!refusal.error.message().empty());
    log_ += "refused " + std::to_string(refusal.status) + "\n";
  }

  bool ReadRequest() {
    Http1HeadScanner scanner;
    size_t size = 0;
    while (size == 0) {
      if (buffer_.empty() && !More()) return false;
      auto scanned = scanner.Scan(buffer_, limits_);
      if (const auto* refusal = std::get_if<Refusal>(&scanned)) {
        Refused(*refusal);
        return false;
      }
      size = std::get<size_t>(scanned);
      if (size == 0 && !More()) return false;
    }
    GANTRY_ASSERT(size <= buffer_.size() && size <= 512);
    Request request;
    auto parsed = ParseHttp1Head(std::string_view(buffer_).substr(0, size), limits_, request);
    buffer_.erase(0, size);
    if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
      Refused(*refusal);
      return false;
    }
    const auto& head = std::get<Http1Head>(parsed);
    CheckRequest(request, head);
    const bool complete =
        head.chunked ? ReadChunked() : ReadCounted(std::max<int64_t>(request.content_length, 0));
    return complete && head.keep_alive;
  }

  void CheckRequest(Request& request, const Http1Head& head) {
    GANTRY_ASSERT(!head.chunked || request.content_length < 0);
    GANTRY_ASSERT(request.version == 10 || request.version == 11);
    GANTRY_ASSERT(request.path.empty() || request.path[0] == '/');
    for (const char c : request.path) {
      GANTRY_ASSERT(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    }
    GANTRY_ASSERT((request.path + "/").find("/../") == std::string::npos);
    GANTRY_ASSERT((request.path + "/").find("/./") == std::string::npos);
    for (const auto& [name, value] : request.headers()) {
      GANTRY_ASSERT(!name.empty());
      GANTRY_ASSERT(value.find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos);
    }
    log_ += request.path + "?" + request.query + " " + request.authority;
    for (const auto& [name, value] : request.headers()) log_ += "|" + name + ":" + value;
    static const Router router = MakeRouter();
    const Router::Match match = router.Find(request);
    log_ += match.route == nullptr ? " -\n" : " " + match.route->pattern + "\n";
    request.QueryAll("tag");
  }

  bool ReadCounted(int64_t left) {
    while (left > 0) {
      if (buffer_.empty() && !More()) return false;
      const size_t n = std::min(buffer_.size(), static_cast<size_t>(left));
      log_.append(buffer_, 0, n);
      buffer_.erase(0, n);
      left -= static_cast<int64_t>(n);
    }
    return true;
  }

  bool ReadChunked() {
    ChunkedDecoder decoder;
    for (;;) {
      const auto step = decoder.Decode(buffer_, piece_);
      if (!step.ok()) {
        log_ += "broken\n";
        return false;
      }
      GANTRY_ASSERT(step->consumed <= buffer_.size());
      GANTRY_ASSERT(step->data.size() <= piece_);
      log_ += step->data;
      buffer_.erase(0, step->consumed);
      if (step->done) return true;
      if (step->consumed == 0 && !More()) return false;
    }
  }

  const Limits limits_ = SmallLimits();
  std::string_view coming_;
  const size_t piece_;
  std::string buffer_;
  std::string log_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = 1 + data[0] % 40;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::string whole = Reader(bytes, bytes.size() + 1).Run();
  const std::string pieces = Reader(bytes, piece).Run();
  GANTRY_ASSERT(whole == pieces);
  return 0;
}
