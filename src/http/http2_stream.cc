#include "http/http2_stream.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/encoding.h"
#include "http/ascii.h"
#include "http/response_head.h"
#include "http/target.h"

namespace gantry::http {
namespace {

// RFC 7541, section 4.1: what a header is taken to cost.
constexpr size_t kHeaderOverhead = 32;
constexpr size_t kMethodsMax = 7;
// How long a client that has its answer may go on sending. A reset that comes together with the
// answer makes some clients lose the answer (curl 7.88).
constexpr Duration kAfterAnswer = Seconds(2);

Method MethodOf(std::string_view name) {
  constexpr Method kMethods[kMethodsMax] = {Method::kGet,    Method::kHead,  Method::kPost,
                                            Method::kPut,    Method::kPatch, Method::kDelete,
                                            Method::kOptions};
  for (const Method method : kMethods) {
    if (MethodName(method) == name) return method;
  }
  return Method::kOther;
}

}  // namespace

Http2Stream::Http2Stream(Http2StreamHost& host, Connection& connection, int32_t id)
    : host_(host),
      connection_(connection),
      state_(connection.state()),
      id_(id),
      call_(state_.AcquireCall()) {
  call_->Begin(*this, state_.reactor.now());
  call_->WatchConsumption();
  Request& request = call_->request;
  request.version = 20;
  request.peer.assign(connection.peer());
  request.scheme.assign(connection.encrypted() ? "https" : "http");
}

Http2Stream::~Http2Stream() {
  if (unconsumed_ > 0) host_.Consume(*this, unconsumed_, false);
  call_->End(answered_);
  state_.ReleaseCall(std::move(call_));
}

void Http2Stream::Watch(Duration timeout) {
  state_.reactor.timers().Set(timer_, state_.reactor.now() + timeout);
}

// --- The request ------------------------------------------------------------

void Http2Stream::AddHeader(std::string_view name, std::string_view value) {
  header_bytes_ += name.size() + value.size() + kHeaderOverhead;
  if (++headers_ > limits().headers_max ||
      header_bytes_ > static_cast<size_t>(limits().header_bytes_max)) {
    if (!refusal_) {
      refusal_ = Refusal{
          431, Error(Code::kTooLarge, "headers_too_large",
                     "the headers are larger than " + std::to_string(limits().header_bytes_max) +
                         " bytes or more than " + std::to_string(limits().headers_max))};
    }
    return;
  }
  if (!name.empty() && name.front() == ':') return AddPseudoHeader(name, value);
  Request& request = call_->request;
  if (name == "content-length") {
    // nghttp2 has refused what is no number, and what does not agree with the DATA frames.
    request.content_length = ParseDecimal(value).value_or(-1);
  } else if (name == "host") {
    if (!request.authority.empty() && !EqualsIgnoreCase(request.authority, value)) {
      return Refuse(400, InvalidArgument("bad_host", "Host and :authority are not the same"));
    }
    request.authority.assign(value);
  } else if (name == "expect") {
    continue_due_ = EqualsIgnoreCase(value, "100-continue");
  }
  request.AddHeader(name, value);
}

void Http2Stream::AddPseudoHeader(std::string_view name, std::string_view value) {
  Request& request = call_->request;
  if (name == ":method") {
    request.method = MethodOf(value);
  } else if (name == ":path") {
    target_.assign(value);
  } else if (name == ":authority") {
    request.authority.assign(value);
  }
}

void Http2Stream::MarkInvalid(std::string_view name) {
  Refuse(400, InvalidArgument("bad_header", "the header \"" + std::string(name) +
                                                "\" has characters that are not allowed"));
}

void Http2Stream::Refuse(int status, Error error) {
  if (!refusal_) refusal_ = Refusal{status, std::move(error)};
}

void Http2Stream::EndHeaders(bool body_follows) {
  if (target_.size() > static_cast<size_t>(limits().target_bytes_max)) {
    Refuse(414, Error(Code::kTooLarge, "target_too_long",
                      "the request target is longer than " +
                          std::to_string(limits().target_bytes_max) + " bytes"));
  } else if (auto parsed = ParseTarget(target_, call_->request); !parsed.ok()) {
    Refuse(400, std::move(parsed).error());
  }
  if (connection_.refused()) {
    Refuse(503, Unavailable("too_many_connections",
                            "the server has as many connections as it may; try again in a "
                            "moment"));
  }
  body_ended_ = !body_follows;
  if (refusal_) return call_->Refuse(refusal_->status, refusal_->error);
  continue_due_ = continue_due_ && body_follows;
  if (body_follows) Watch(limits().body_stall_timeout);
  call_->Start(body_follows, continue_due_);
  OnBodyWanted();
}

void Http2Stream::OnData(std::string_view bytes) {
  if (!answer_ended_) Watch(limits().body_stall_timeout);
  received_ += static_cast<int64_t>(bytes.size());
  continue_due_ = false;
  switch (call_->body_mode()) {
    case Call::BodyMode::kMemory:
      call_->Append(bytes);
      return host_.Consume(*this, bytes.size(), true);
    case Call::BodyMode::kUpload:
      return Store(bytes);
    case Call::BodyMode::kNone:
    case Call::BodyMode::kDiscard:
      // Beyond the limit only other streams may go on.
      call_->CountDiscarded(bytes.size());
      discarded_ += static_cast<int64_t>(bytes.size());
      return host_.Consume(*this, bytes.size(), discarded_ <= limits().discard_bytes_max);
  }
}

// The window of a stream is smaller than the pipe, so that there is room for what comes.
void Http2Stream::Store(std::string_view bytes) {
  unconsumed_ += bytes.size();
  const int64_t length = call_->request.content_length;
  while (!bytes.empty() && !call_->has_response()) {
    const int64_t expected =
        length < 0 ? -1 : length - received_ + static_cast<int64_t>(bytes.size());
    const std::span<char> space = call_->Space(expected);
    if (space.empty()) {
      if (call_->has_response() || call_->drops_body()) break;
      return call_->Refuse(503, Unavailable("overloaded",
                                            "the server has no memory for this body; try again in "
                                            "a moment"));
    }
    const size_t n = std::min(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), n);
    bytes.remove_prefix(n);
    call_->Commit(n);
  }
}

void Http2Stream::EndBody() {
  if (std::exchange(body_ended_, true)) return;
  state_.reactor.timers().Cancel(timer_);
  call_->EndBody();
}

void Http2Stream::OnBodyWanted() {
  if (continue_due_ && call_->accepts_body()) {
    continue_due_ = false;
    host_.SubmitContinue(*this);
  }
  const size_t consumed = call_->TakeConsumed();
  if (consumed == 0) return;
  unconsumed_ -= consumed;
  host_.Consume(*this, consumed, true);
}

void Http2Stream::OnTimer() {
  if (!call_->has_response() && !body_ended_) {
    // The worker's turn: it is still to open the sink, or has so much to do that the client has no
    // window to go on.
    if (continue_due_ || unconsumed_ >= UploadPipe::kBatchBytes) {
      return Watch(limits().body_stall_timeout);
    }
    return call_->Refuse(408, Error(Code::kDeadlineExceeded, "body_timeout",
                                    "the body of the request did not arrive in time"));
  }
  host_.Reset(*this, answer_ended_);
}

// --- The answer -------------------------------------------------------------

void Http2Stream::OnResponse() {
  PrepareBody();
  Watch(limits().write_stall_timeout);
  host_.SubmitResponse(*this);
}

void Http2Stream::PrepareBody() {
  const Response& response = call_->response;
  const Framing framing = FramingOf(response, call_->request.method == Method::kHead);
  content_length_ = framing.content_length;
  sends_body_ = framing.send_body && framing.content_length != 0;
  if (!sends_body_) return;
  left_ = framing.content_length;
  if (const auto* text = std::get_if<std::string>(&response.body)) bytes_ = *text;
  if (const auto* shared = std::get_if<SharedBytes>(&response.body)) bytes_ = **shared;
  if (const auto* file = std::get_if<FileRegion>(&response.body)) file_at_ = file->offset;
}

void Http2Stream::OnAnswerEnd() {
  answer_ended_ = true;
  call_->End(true);
  if (!body_ended_) Watch(kAfterAnswer);
}

Http2Stream::Data Http2Stream::NextData(size_t max, size_t& n, bool& last) {
  last = false;
  if (!std::holds_alternative<std::unique_ptr<ByteSource>>(call_->response.body)) {
    n = std::min(max, static_cast<size_t>(left_));
    last = static_cast<int64_t>(n) == left_;
    return Data::kSome;
  }
  if (bytes_.empty()) {
    switch (call_->source().Take(piece_)) {
      case SourcePump::State::kWait:
        state_.reactor.timers().Cancel(timer_);
        return Data::kWait;
      case SourcePump::State::kBroken:
        return Data::kBroken;
      case SourcePump::State::kEnd:
        if (content_length_ >= 0 && left_ > 0) return Data::kBroken;
        n = 0;
        last = true;
        return Data::kSome;
      case SourcePump::State::kData:
        bytes_ = piece_;
        if (content_length_ >= 0 && static_cast<int64_t>(piece_.size()) > left_) {
          return Data::kBroken;
        }
        break;
    }
  }
  n = std::min(max, bytes_.size());
  return Data::kSome;
}

bool Http2Stream::AppendData(size_t n, std::string& out) {
  if (const auto* file = std::get_if<FileRegion>(&call_->response.body)) {
    const size_t before = out.size();
    out.resize(before + n);
    for (size_t at = 0; at < n;) {
      const ssize_t got = pread(file->fd, out.data() + before + at, n - at, file_at_);
      if (got <= 0) return false;
      at += static_cast<size_t>(got);
      file_at_ += got;
    }
  } else {
    out.append(bytes_.substr(0, n));
    bytes_.remove_prefix(n);
  }
  left_ -= static_cast<int64_t>(n);
  call_->bytes_out += static_cast<int64_t>(n);
  if (n > 0) Watch(limits().write_stall_timeout);
  return true;
}

void Http2Stream::OnSourceReady() {
  Watch(limits().write_stall_timeout);
  host_.ResumeData(*this);
}

}  // namespace gantry::http
