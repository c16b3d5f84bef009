#include "http/http1_writer.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "http/response_head.h"

namespace gantry::http {
namespace {

// The file has all bytes of the region.
bool Reaches(const FileRegion& file) {
  struct stat info {};
  return fstat(file.fd, &info) == 0 && info.st_size >= file.offset + file.length;
}

iovec Piece(std::string_view bytes) { return {const_cast<char*>(bytes.data()), bytes.size()}; }

}  // namespace

Http1Writer::Progress Http1Writer::Begin(Call& call, bool& keep_alive) {
  call_ = &call;
  const Request& request = call.request;
  const Framing framing = FramingOf(call.response, request.method == Method::kHead);
  const bool unknown = framing.send_body && framing.content_length < 0;
  chunked_ = unknown && request.version >= 11;
  if (unknown && !chunked_) keep_alive = false;
  HeadOptions options;
  options.content_length = framing.content_length;
  options.chunked = chunked_;
  options.close = !keep_alive;
  options.keep_alive = keep_alive && request.version < 11;
  ReactorState& state = connection_.state();
  options.date = state.Date();
  options.request_id = request.id;
  std::string& head = state.output;
  head.clear();
  AppendHead(head, call.response, options);
  kind_ = Kind::kNone;
  if (framing.send_body) TakeBody(call, head);
  if (rest_.empty()) return WriteHead(head);
  rest_.append(head);
  return Progress::kMoved;
}

void Http1Writer::TakeBody(Call& call, std::string& head) {
  const Body& body = call.response.body;
  if (std::holds_alternative<std::unique_ptr<ByteSource>>(body)) {
    if (std::get<std::unique_ptr<ByteSource>>(body) == nullptr) return;
    kind_ = Kind::kSource;
    left_ = BodyLength(body);
    counted_ = left_ >= 0;
    return;
  }
  if (const auto* file = std::get_if<FileRegion>(&body)) {
    kind_ = Kind::kFile;
    file_at_ = file->offset;
    file_checked_ = false;
    left_ = file->length;
    return;
  }
  const auto* text = std::get_if<std::string>(&body);
  const auto* shared = std::get_if<SharedBytes>(&body);
  if (text != nullptr) {
    bytes_ = *text;
  } else {
    bytes_ = *shared == nullptr ? std::string_view() : std::string_view(**shared);
  }
  if (bytes_.size() > kCopiedBody) {
    kind_ = Kind::kBytes;
    return;
  }
  head.append(bytes_);
  call.bytes_out += static_cast<int64_t>(bytes_.size());
}

Http1Writer::Progress Http1Writer::Stopped(net::IoStatus status) {
  if (status != net::IoStatus::kAgain) return Progress::kBroken;
  blocked_by_socket_ = true;
  return Progress::kBlocked;
}

Http1Writer::Progress Http1Writer::WriteHead(std::string_view head) {
  const std::array<iovec, 2> pieces = {Piece(head), Piece(bytes_)};
  const size_t count = kind_ == Kind::kBytes ? 2 : 1;
  const bool more = kind_ == Kind::kFile && left_ > 0;
  const net::IoResult result = connection_.Write(std::span(pieces).first(count), more);
  if (result.status == net::IoStatus::kOk && result.bytes >= head.size()) {
    if (kind_ == Kind::kNone) return Progress::kDone;
    return kind_ == Kind::kBytes ? AfterBody({net::IoStatus::kOk, result.bytes - head.size()})
                                 : Progress::kMoved;
  }
  rest_.assign(head.substr(result.bytes));
  rest_at_ = 0;
  return result.status == net::IoStatus::kOk ? Progress::kMoved : Stopped(result.status);
}

Http1Writer::Progress Http1Writer::Step() {
  blocked_by_socket_ = false;
  if (!rest_.empty()) return WriteRest();
  switch (kind_) {
    case Kind::kNone:
      return Progress::kDone;
    case Kind::kBytes: {
      const iovec piece = Piece(bytes_);
      return AfterBody(connection_.Write({&piece, 1}, false));
    }
    case Kind::kFile:
      return StepFile();
    case Kind::kSource:
      return StepSource();
  }
  return Progress::kDone;
}

Http1Writer::Progress Http1Writer::WriteRest() {
  const iovec piece = Piece(std::string_view(rest_).substr(rest_at_));
  const net::IoResult result = connection_.Write({&piece, 1}, kind_ == Kind::kFile);
  if (result.status != net::IoStatus::kOk) return Stopped(result.status);
  rest_at_ += result.bytes;
  if (rest_at_ < rest_.size()) return Progress::kMoved;
  std::string().swap(rest_);
  rest_at_ = 0;
  return kind_ == Kind::kNone ? Progress::kDone : Progress::kMoved;
}

// Some bytes of a body in memory or a file are gone.
Http1Writer::Progress Http1Writer::AfterBody(const net::IoResult& result) {
  if (result.status != net::IoStatus::kOk) return Stopped(result.status);
  call_->bytes_out += static_cast<int64_t>(result.bytes);
  if (kind_ == Kind::kBytes) {
    bytes_.remove_prefix(result.bytes);
    if (!bytes_.empty()) return Progress::kMoved;
  } else {
    file_at_ += static_cast<int64_t>(result.bytes);
    left_ -= static_cast<int64_t>(result.bytes);
    if (left_ > 0) return Progress::kMoved;
  }
  kind_ = Kind::kNone;
  return Progress::kDone;
}

Http1Writer::Progress Http1Writer::StepFile() {
  if (left_ == 0) return AfterBody({net::IoStatus::kOk, 0});
  const auto& file = std::get<FileRegion>(call_->response.body);
  const size_t count = std::min(static_cast<size_t>(left_), kFileBytes);
  const bool more = static_cast<int64_t>(count) < left_;
  const net::IoResult result = connection_.SendFile(file.fd, file_at_, count, more);
  // Less than asked for: the socket is full, or the file has ended. Once is enough to know.
  if (result.bytes < count && !std::exchange(file_checked_, true) && !Reaches(file)) {
    return Progress::kBroken;
  }
  return AfterBody(result);
}

Http1Writer::Progress Http1Writer::StepSource() {
  std::string piece;
  switch (call_->source().Take(piece)) {
    case SourcePump::State::kWait:
      return Progress::kBlocked;
    case SourcePump::State::kBroken:
      return Progress::kBroken;
    case SourcePump::State::kEnd:
      if (counted_ && left_ > 0) return Progress::kBroken;
      kind_ = Kind::kNone;
      if (!chunked_) return Progress::kDone;
      rest_.append("0\r\n\r\n");
      return Progress::kMoved;
    case SourcePump::State::kData:
      break;
  }
  const auto size = static_cast<int64_t>(piece.size());
  if (counted_ && size > left_) return Progress::kBroken;
  left_ -= size;
  call_->bytes_out += size;
  AppendPiece(std::move(piece));
  return Progress::kMoved;
}

void Http1Writer::AppendPiece(std::string piece) {
  if (!chunked_) {
    rest_ = std::move(piece);
    return;
  }
  std::array<char, 24> size{};
  const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", piece.size());
  rest_.reserve(piece.size() + size.size());
  rest_.append(size.data(), static_cast<size_t>(digits));
  rest_.append(piece);
  rest_.append("\r\n");
}

}  // namespace gantry::http
