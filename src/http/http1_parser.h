#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/request.h"
#include "http/server.h"

namespace gantry::http {

// A request that is refused before any handler: the status, and the error that explains it.
struct Refusal {
  int status = 400;
  Error error;
};

// What the head of an HTTP/1.1 request says about the bytes behind it.
struct Http1Head {
  bool chunked = false;     // else Request::content_length bytes, none if that is -1
  bool keep_alive = false;  // what the client asks for
  bool expects_continue = false;
};

// Finds the end of a head (RFC 9112, section 2.2) and refuses what only confuses: line ends without
// CR, folded lines, NUL. Remembers how far it has looked, so that a head that arrives byte by byte
// is not read again.
class Http1HeadScanner {
 public:
  // Looks at a head of which `bytes` are there; call again with more of the same head.
  // Returns its length with the empty line, or 0 when the end is not there yet.
  // Refusals: 400; 414 and 431 by the limits.
  std::variant<size_t, Refusal> Scan(std::string_view bytes, const Limits& limits);
  void Reset() { *this = {}; }

 private:
  size_t line_ = 0;     // start of the line that is not complete
  size_t scanned_ = 0;  // no line end before this
};

// Parses one complete head (as Http1HeadScanner found it) into `request`: method, target, path,
// query, version, authority, headers, content_length. Refuses with 400 what could be read in two
// ways (RFC 9112, section 11.2): both lengths, repeated or malformed lengths, codings other than
// chunked, a missing or repeated Host; with 414, 431 what is beyond the limits; 505 other versions.
// The request may be partly filled after a refusal.
std::variant<Http1Head, Refusal> ParseHttp1Head(std::string_view head, const Limits& limits,
                                                Request& request);

// Decodes the chunked coding (RFC 9112, section 7.1). Trailers are read and dropped.
class ChunkedDecoder {
 public:
  ChunkedDecoder();
  ~ChunkedDecoder();

  struct Step {
    size_t consumed = 0;    // of the bytes given
    std::string_view data;  // of the body; a part of the bytes given
    bool done = false;      // the body has ended
  };
  // Decodes up to `data_max` bytes of the body. Nothing consumed: more bytes are needed, which must
  // follow the same bytes. Errors: invalid_argument/bad_chunk.
  Result<Step> Decode(std::string_view bytes, size_t data_max);

 private:
  class Parser;
  bool HasBareLineFeed(std::string_view bytes);

  std::unique_ptr<Parser> parser_;
  size_t checked_ = 0;  // of bytes that could not be used yet
};

}  // namespace gantry::http
