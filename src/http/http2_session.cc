#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "http/ascii.h"
#include "http/http2_stream.h"
#include "http/response_head.h"
#include "http/session.h"

namespace gantry::http {
namespace {

// Smaller than UploadPipe::kPipeBytesMax by a block, so that what a client may send has room.
constexpr int32_t kStreamWindow = 768 << 10;
constexpr int32_t kConnectionWindow = 4 << 20;
constexpr size_t kOutputBytes = 64 << 10;
constexpr size_t kTurnBytes = 2 << 20;

struct SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};
using SessionPointer = std::unique_ptr<nghttp2_session, SessionDeleter>;

std::string_view View(const uint8_t* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

// The headers of an answer as nghttp2 takes them; h2 wants names in lower case.
class HeaderBlock {
 public:
  void Add(std::string_view name, std::string_view value) {
    Entry entry;
    entry.name = text_.size();
    for (const char c : name) text_.push_back(ToLower(c));
    entry.value = text_.size();
    AppendCleaned(text_, value);
    entry.end = text_.size();
    entries_.push_back(entry);
  }

  // Valid until the next Add.
  const std::vector<nghttp2_nv>& Get() {
    auto* base = reinterpret_cast<uint8_t*>(text_.data());
    pairs_.clear();
    for (const Entry& entry : entries_) {
      pairs_.push_back({base + entry.name, base + entry.value, entry.value - entry.name,
                        entry.end - entry.value, NGHTTP2_NV_FLAG_NONE});
    }
    return pairs_;
  }

 private:
  struct Entry {
    size_t name;
    size_t value;
    size_t end;
  };
  std::string text_;
  std::vector<Entry> entries_;
  std::vector<nghttp2_nv> pairs_;
};

// h2 (RFC 9113) over nghttp2, which keeps the state of the protocol; this moves bytes, and ties
// streams to calls.
class Http2Session final : public Session, public Http2StreamHost {
 public:
  Http2Session(Connection& connection, std::string_view received)
      : connection_(connection), state_(connection.state()), received_(received) {
    progress_ = state_.reactor.now();
    MakeSession();
    Greet();
  }

  void Pump() override {
    if (std::exchange(pumping_, true)) return;
    turn_bytes_ = 0;
    if (!received_.empty()) {
      const std::string received = std::exchange(received_, {});
      Receive(received);
    }
    while (!connection_.closed() && (WriteStep() || ReadStep())) {
      if (turn_bytes_ < kTurnBytes) continue;
      connection_.Again();
      break;
    }
    pumping_ = false;
    if (connection_.closed()) return;
    if (out_.empty() && nghttp2_session_want_read(session_.get()) == 0 &&
        nghttp2_session_want_write(session_.get()) == 0) {
      return connection_.Close();
    }
    UpdateDeadline();
  }

  void OnTimeout() override {
    if (blocked_ || (goaway_ && streams_.empty())) return connection_.Close();
    // Streams have deadlines of their own.
    if (!streams_.empty()) {
      return connection_.SetDeadline(state_.reactor.now() + limits().write_stall_timeout);
    }
    SayGoodbye();
    Pump();
  }

  void OnClosed() override { streams_.clear(); }

  void OnDrain() override {
    SayGoodbye();
    Pump();
  }

  // --- What streams want ----------------------------------------------------

  void SubmitResponse(Http2Stream& stream) override {
    Call& call = stream.call();
    HeaderBlock headers;
    headers.Add(":status", std::to_string(call.response.status));
    for (const auto& [name, value] : call.response.headers) {
      if (!IsServerHeader(name)) headers.Add(name, value);
    }
    if (stream.content_length() >= 0) {
      headers.Add("content-length", std::to_string(stream.content_length()));
    }
    headers.Add("date", state_.Date());
    headers.Add("x-request-id", call.request.id);
    nghttp2_data_provider provider{};
    provider.source.ptr = &stream;
    provider.read_callback = &Http2Session::ReadData;
    const std::vector<nghttp2_nv>& pairs = headers.Get();
    const int result =
        nghttp2_submit_response(session_.get(), stream.id(), pairs.data(), pairs.size(),
                                stream.has_body() ? &provider : nullptr);
    if (result != 0) Reset(stream, false);
    if (call.response.close) SayGoodbye();
    PumpLater();
  }

  void SubmitContinue(Http2Stream& stream) override {
    HeaderBlock headers;
    headers.Add(":status", "100");
    const std::vector<nghttp2_nv>& pairs = headers.Get();
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id(), nullptr, pairs.data(),
                           pairs.size(), nullptr);
    PumpLater();
  }

  void ResumeData(Http2Stream& stream) override {
    nghttp2_session_resume_data(session_.get(), stream.id());
    PumpLater();
  }

  void Consume(Http2Stream& stream, size_t n, bool stream_too) override {
    if (stream_too) {
      nghttp2_session_consume(session_.get(), stream.id(), n);
    } else {
      nghttp2_session_consume_connection(session_.get(), n);
    }
    if (!connection_.closed()) PumpLater();
  }

  void Reset(Http2Stream& stream, bool answered) override {
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id(),
                              answered ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
    PumpLater();
  }

 private:
  const Limits& limits() const { return state_.server.options.limits; }

  void MakeSession() {
    nghttp2_session_callbacks* callbacks = nullptr;
    GANTRY_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &OnHeader);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, &OnInvalidHeader);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &OnFrame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &OnDataChunk);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &OnFrameSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &OnStreamClose);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, &SendData);
    nghttp2_option* option = nullptr;
    GANTRY_ASSERT(nghttp2_option_new(&option) == 0);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_deflate_dynamic_table_size(option, 4096);
    nghttp2_session* session = nullptr;
    GANTRY_ASSERT(nghttp2_session_server_new2(&session, callbacks, this, option) == 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    session_.reset(session);
  }

  void Greet() {
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, static_cast<uint32_t>(limits().h2_streams_max)},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(kStreamWindow)},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits().header_bytes_max)},
    };
    nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings, std::size(settings));
    nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
    if (state_.server.draining.load(std::memory_order_relaxed)) SayGoodbye();
  }

  // Streams that were begun go on; the client opens no more.
  void SayGoodbye() {
    if (std::exchange(goaway_, true)) return;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                          nullptr, 0);
  }

  void PumpLater() {
    if (!pumping_) Pump();
  }

  void UpdateDeadline() {
    const bool busy = blocked_ || !streams_.empty();
    const Duration timeout = !begun_   ? limits().header_timeout
                             : busy    ? limits().write_stall_timeout
                             : goaway_ ? Seconds(3)
                                       : limits().idle_timeout;
    connection_.SetDeadline(progress_ + timeout);
  }

  bool ReadStep() {
    const net::IoResult result = connection_.Read(state_.input);
    if (result.status == net::IoStatus::kAgain) return false;
    if (result.status != net::IoStatus::kOk) {
      connection_.Close();
      return true;
    }
    Receive({state_.input.data(), result.bytes});
    return true;
  }

  void Receive(std::string_view bytes) {
    progress_ = state_.reactor.now();
    turn_bytes_ += bytes.size();
    const ssize_t used = nghttp2_session_mem_recv(
        session_.get(), reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    if (used < 0) connection_.Close();
  }

  // Gathers frames, and writes them at once.
  bool WriteStep() {
    std::string& frames = state_.output;
    frames.clear();
    if (out_.empty()) {
      if (!Gather()) {
        connection_.Close();
        return true;
      }
      if (frames.empty()) return false;
    } else {
      frames.swap(out_);
    }
    const iovec piece = {frames.data(), frames.size()};
    const net::IoResult result = connection_.Write({&piece, 1}, false);
    blocked_ = result.status == net::IoStatus::kAgain;
    if (result.status != net::IoStatus::kOk && !blocked_) {
      connection_.Close();
      return true;
    }
    if (result.bytes > 0) progress_ = state_.reactor.now();
    turn_bytes_ += result.bytes;
    if (result.bytes < frames.size()) out_.assign(frames, result.bytes);
    return !blocked_;
  }

  bool Gather() {
    while (state_.output.size() < kOutputBytes) {
      const uint8_t* bytes = nullptr;
      const size_t before = state_.output.size();
      const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
      if (size < 0) return false;
      if (size == 0 && state_.output.size() == before) return true;
      state_.output.append(View(bytes, static_cast<size_t>(size)));
    }
    return true;
  }

  Http2Stream* Find(int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : found->second.get();
  }

  // --- What nghttp2 reports -------------------------------------------------

  static Http2Session& Self(void* data) { return *static_cast<Http2Session*>(data); }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    Http2Session& self = Self(data);
    self.begun_ = true;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    const int32_t id = frame->hd.stream_id;
    self.streams_.emplace(id, std::make_unique<Http2Stream>(self, self.connection_, id));
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* data) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;  // trailers
    Http2Stream* stream = Self(data).Find(frame->hd.stream_id);
    if (stream != nullptr) stream->AddHeader(View(name, name_size), View(value, value_size));
    return 0;
  }

  static int OnInvalidHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                             size_t name_size, const uint8_t*, size_t, uint8_t, void* data) {
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    Http2Stream* stream = Self(data).Find(frame->hd.stream_id);
    if (stream != nullptr) stream->MarkInvalid(View(name, name_size));
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    Http2Stream* stream = Self(data).Find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      stream->EndHeaders(!end);
    } else if (end && (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
      stream->EndBody();
    }
    return 0;
  }

  static int OnDataChunk(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes,
                         size_t size, void* data) {
    Http2Stream* stream = Self(data).Find(id);
    if (stream == nullptr) {
      nghttp2_session_consume_connection(session, size);
    } else {
      stream->OnData(View(bytes, size));
    }
    return 0;
  }

  static int OnFrameSent(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    Http2Stream* stream = Self(data).Find(frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && stream->call().has_response()) stream->MarkAnswered();
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (end && carries) stream->OnAnswerEnd();
    return 0;
  }

  static int OnStreamClose(nghttp2_session*, int32_t id, uint32_t, void* data) {
    Self(data).streams_.erase(id);
    return 0;
  }

  static ssize_t ReadData(nghttp2_session*, int32_t, uint8_t*, size_t max, uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    size_t n = 0;
    bool last = false;
    switch (stream.NextData(max, n, last)) {
      case Http2Stream::Data::kWait:
        return NGHTTP2_ERR_DEFERRED;
      case Http2Stream::Data::kBroken:
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
      case Http2Stream::Data::kSome:
        break;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (last) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(n);
  }

  static int SendData(nghttp2_session*, nghttp2_frame* frame, const uint8_t* head, size_t size,
                      nghttp2_data_source* source, void* data) {
    std::string& out = Self(data).state_.output;
    const size_t before = out.size();
    out.append(View(head, 9));
    if (frame->data.padlen > 0) out.push_back(static_cast<char>(frame->data.padlen - 1));
    if (!static_cast<Http2Stream*>(source->ptr)->AppendData(size, out)) {
      out.resize(before);
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (frame->data.padlen > 1) out.append(frame->data.padlen - 1, '\0');
    return 0;
  }

  Connection& connection_;
  ReactorState& state_;
  SessionPointer session_;
  std::string received_;  // before the first turn
  std::string out_;       // frames that the socket did not take
  std::unordered_map<int32_t, std::unique_ptr<Http2Stream>> streams_;
  Time progress_;
  size_t turn_bytes_ = 0;
  bool begun_ = false;  // the client has sent a request
  bool goaway_ = false;
  bool blocked_ = false;  // by the socket
  bool pumping_ = false;
};

}  // namespace

std::unique_ptr<Session> MakeHttp2Session(Connection& connection, std::string_view received) {
  return std::make_unique<Http2Session>(connection, received);
}

}  // namespace gantry::http
