#include "http/testing/h2_client.h"

#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "base/assert.h"
#include "net/socket_address.h"

namespace gantry::http::testing {

struct H2Client::Native {
  nghttp2_session* session = nullptr;
  ~Native() { nghttp2_session_del(session); }

  static H2Client::Stream* Find(void* data, int32_t id) {
    auto& streams = static_cast<H2Client*>(data)->streams_;
    const auto found = streams.find(id);
    return found == streams.end() ? nullptr : found->second.get();
  }
  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t n,
                      const uint8_t* value, size_t m, uint8_t, void* data) {
    Stream* stream = Find(data, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const std::string key(reinterpret_cast<const char*>(name), n);
    const std::string text(reinterpret_cast<const char*>(value), m);
    if (key != ":status") {
      stream->answer.headers.emplace(key, text);
    } else if (text == "100") {
      stream->answer.continued = true;
    } else {
      stream->answer.status = std::atoi(text.c_str());
    }
    return 0;
  }
  static int OnData(nghttp2_session*, uint8_t, int32_t id, const uint8_t* bytes, size_t n,
                    void* data) {
    Stream* stream = Find(data, id);
    if (stream != nullptr) stream->answer.body.append(reinterpret_cast<const char*>(bytes), n);
    return 0;
  }
  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* data) {
    if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<H2Client*>(data)->goaway_ = true;
    Stream* stream = Find(data, frame->hd.stream_id);
    const bool carries = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (stream != nullptr && carries && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
      stream->answer.ended = true;
    }
    return 0;
  }
  static int OnClose(nghttp2_session*, int32_t id, uint32_t error, void* data) {
    Stream* stream = Find(data, id);
    if (stream == nullptr) return 0;
    stream->answer.closed = true;
    stream->answer.error = error;
    return 0;
  }
  static ssize_t Read(nghttp2_session*, int32_t id, uint8_t* out, size_t max, uint32_t* flags,
                      nghttp2_data_source*, void* data) {
    Stream& stream = *Find(data, id);
    const size_t n = std::min(max, stream.body.size());
    std::memcpy(out, stream.body.data(), n);
    stream.body.erase(0, n);
    if (stream.body.empty() && !stream.more) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (n == 0 && stream.more) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(n);
  }
};

std::string H2Answer::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

H2Client::H2Client(const std::string& text, int32_t window) : native_(std::make_unique<Native>()) {
  const auto address = net::SocketAddress::Parse(text);
  GANTRY_ASSERT(address.ok());
  fd_ = net::FileDescriptor(socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  GANTRY_ASSERT(connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address->storage),
                        address->length) == 0);
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, &Native::OnHeader);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &Native::OnData);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &Native::OnFrame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &Native::OnClose);
  // The tests send what a library would not.
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_session_client_new2(&native_->session, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(window)}};
  nghttp2_submit_settings(native_->session, NGHTTP2_FLAG_NONE, settings, 1);
}

H2Client::~H2Client() = default;

int32_t H2Client::Begin(const std::string& method, const std::string& path, const std::string& body,
                        bool more, H2Headers headers) {
  H2Headers all = {
      {":method", method}, {":scheme", "http"}, {":authority", "test"}, {":path", path}};
  all.insert(all.end(), headers.begin(), headers.end());
  return BeginRaw(all, body, more);
}

int32_t H2Client::BeginRaw(const H2Headers& headers, const std::string& body, bool more) {
  std::vector<nghttp2_nv> pairs;
  for (const auto& [name, value] : headers) {
    const auto bytes = [](const std::string& text) {
      return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
    };
    pairs.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  nghttp2_data_provider provider{};
  provider.read_callback = &Native::Read;
  const bool has_body = more || !body.empty();
  const int32_t id = nghttp2_submit_request(native_->session, nullptr, pairs.data(), pairs.size(),
                                            has_body ? &provider : nullptr, nullptr);
  streams_[id] = std::make_unique<Stream>();
  streams_[id]->body = body;
  streams_[id]->more = more;
  Flush();
  return id;
}

void H2Client::Send(int32_t id, const std::string& bytes, bool last) {
  streams_[id]->body += bytes;
  streams_[id]->more = !last;
  nghttp2_session_resume_data(native_->session, id);
  Flush();
}

void H2Client::Reset(int32_t id) {
  nghttp2_submit_rst_stream(native_->session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  Flush();
}

void H2Client::Flush() {
  for (;;) {
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(native_->session, &bytes);
    if (size <= 0) return;
    for (ssize_t at = 0; at < size;) {
      const ssize_t n = send(fd_.get(), bytes + at, static_cast<size_t>(size - at), MSG_NOSIGNAL);
      if (n <= 0) return;
      at += n;
    }
  }
}

bool H2Client::Turn(int millis) {
  Flush();
  pollfd ready = {fd_.get(), POLLIN, 0};
  if (poll(&ready, 1, millis) <= 0) return false;
  std::array<uint8_t, 65536> bytes;
  const ssize_t n = recv(fd_.get(), bytes.data(), bytes.size(), 0);
  at_end_ = n <= 0;
  if (at_end_) return false;
  if (nghttp2_session_mem_recv(native_->session, bytes.data(), static_cast<size_t>(n)) < 0) {
    return false;
  }
  Flush();
  return true;
}

const H2Answer& H2Client::Wait(int32_t id) {
  RunUntil([&] { return streams_[id]->answer.closed; });
  return streams_[id]->answer;
}

}  // namespace gantry::http::testing
