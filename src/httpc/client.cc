#include "httpc/client.h"

#include <curl/curl.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "base/mutex.h"

namespace gantry::httpc {
namespace {

constexpr size_t kIdleHandlesMax = 16;

struct EasyDelete {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, EasyDelete>;

struct ListDelete {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDelete>;

// One request while libcurl runs it. The callbacks are C: they keep an error here and stop the
// transfer.
class Transfer {
 public:
  Transfer(CURL* easy, const Request& request) : easy_(easy), request_(request) {}

  Result<Response> Run(const ClientOptions& options) {
    SetTarget(options);
    SetLimits();
    SetBody();
    const CURLcode code = curl_easy_perform(easy_);
    if (error_) return std::move(*error_);
    if (code != CURLE_OK) return ErrorOf(code);
    if (!head_done_) HeadDone();  // no body came
    if (error_) return std::move(*error_);
    return std::move(response_);
  }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    // Fails for mistakes of ours and for lack of memory only.
    GANTRY_ASSERT(curl_easy_setopt(easy_, option, value) == CURLE_OK);
  }

  // `text` outlives the transfer.
  void SetBlob(CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob blob{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};
    Set(option, &blob);
  }

  void SetTarget(const ClientOptions& options) {
    Set(CURLOPT_ERRORBUFFER, error_text_);
    Set(CURLOPT_URL, request_.url.c_str());
    Set(CURLOPT_PROTOCOLS_STR, "http,https");
    Set(CURLOPT_PATH_AS_IS, 1L);
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_USERAGENT, options.user_agent.c_str());
    if (!options.ca_file.empty()) Set(CURLOPT_CAINFO, options.ca_file.c_str());
    SetBlob(CURLOPT_CAINFO_BLOB, options.ca_pem);
    SetBlob(CURLOPT_SSLCERT_BLOB, options.certificate_pem);
    SetBlob(CURLOPT_SSLKEY_BLOB, options.key_pem);
    if (request_.is_cancelled) {
      Set(CURLOPT_NOPROGRESS, 0L);
      Set(CURLOPT_XFERINFOFUNCTION, &Transfer::OnProgress);
      Set(CURLOPT_XFERINFODATA, this);
    }
    if (!options.unix_socket.empty()) {
      Set(CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
      Set(CURLOPT_NOPROXY, "*");
    }
    if (options.guard) {
      guard_ = &*options.guard;
      Set(CURLOPT_PROXY, "");
      Set(CURLOPT_OPENSOCKETFUNCTION, &Transfer::OnOpenSocket);
      Set(CURLOPT_OPENSOCKETDATA, this);
      // A connection that an earlier request made went to an address that was checked too.
    }
    for (const auto& [name, value] : request_.headers)
      Append(value.empty() ? name + ";" : name + ": " + value);
    Append("Expect:");
    Set(CURLOPT_HTTPHEADER, headers_.get());
  }

  void Append(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line.c_str());
    GANTRY_ASSERT(longer != nullptr);
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }

  void SetLimits() {
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.micros / 1000));
    Set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    Set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request_.stall_timeout.micros / 1'000'000));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.deadline.micros / 1000));
  }

  void SetBody() {
    Set(CURLOPT_HEADERFUNCTION, &Transfer::OnHeader);
    Set(CURLOPT_HEADERDATA, this);
    Set(CURLOPT_WRITEFUNCTION, &Transfer::OnBody);
    Set(CURLOPT_WRITEDATA, this);
    Set(CURLOPT_READFUNCTION, &Transfer::OnRead);
    Set(CURLOPT_READDATA, this);
    const bool may_have_body = request_.method == "POST" || request_.method == "PUT" ||
                               request_.method == "PATCH" || !request_.body.empty();
    if (request_.method == "HEAD") {
      Set(CURLOPT_NOBODY, 1L);
    } else if (may_have_body || request_.body_source) {
      Set(CURLOPT_UPLOAD, 1L);
      const int64_t length =
          request_.body_source ? request_.body_length : static_cast<int64_t>(request_.body.size());
      Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(length));
    }
    Set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  }

  // Called with whole lines; a status line begins a head anew (100 Continue came before).
  void AddHeaderLine(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
      response_.headers.clear();
      return;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string_view value = line.substr(colon + 1);
    const size_t start = value.find_first_not_of(" \t");
    value.remove_prefix(std::min(start, value.size()));
    response_.headers.emplace_back(line.substr(0, colon), value);
  }

  void HeadDone() {
    head_done_ = true;
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    if (request_.on_head) Keep(request_.on_head(response_));
  }

  void AddBody(std::string_view bytes) {
    if (!head_done_) HeadDone();
    if (error_) return;
    if (request_.on_body) return Keep(request_.on_body(bytes));
    if (static_cast<int64_t>(response_.body.size() + bytes.size()) > request_.body_bytes_max) {
      return Keep(Error(Code::kTooLarge, "response_too_large",
                        "the answer of " + request_.url + " has more than " +
                            std::to_string(request_.body_bytes_max) + " bytes"));
    }
    response_.body.append(bytes);
  }

  void Keep(Result<void> result) {
    if (!result.ok()) error_ = std::move(result).error();
  }

  size_t Read(char* to, size_t max) {
    if (!request_.body_source) {
      const size_t count = std::min(max, request_.body.size() - sent_);
      std::memcpy(to, request_.body.data() + sent_, count);
      sent_ += count;
      return count;
    }
    std::string piece;
    Keep(request_.body_source(max, piece));
    if (error_) return CURL_READFUNC_ABORT;
    GANTRY_ASSERT(piece.size() <= max);
    std::memcpy(to, piece.data(), piece.size());
    return piece.size();
  }

  Error ErrorOf(CURLcode code) const {
    if (refused_) {
      return Unavailable("address_refused", request_.method + " " + request_.url +
                                                ": its address is of this machine or a private "
                                                "network, where requests may not go");
    }
    const std::string text = request_.method + " " + request_.url + ": " +
                             (error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(code));
    switch (code) {
      case CURLE_URL_MALFORMAT:
      case CURLE_UNSUPPORTED_PROTOCOL:
        return InvalidArgument("bad_url", text);
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_RESOLVE_PROXY:
      case CURLE_COULDNT_CONNECT:
        return Unavailable("connect_failed", text);
      case CURLE_OPERATION_TIMEDOUT:
        return Error(Code::kDeadlineExceeded, "http_timeout", text);
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_PEER_FAILED_VERIFICATION:
      case CURLE_SSL_CACERT_BADFILE:
        return Unavailable("tls_failed", text);
      default:
        return Unavailable("connection_broken", text);
    }
  }

  // The address is the one that the name was resolved to, and what is connected to.
  static curl_socket_t OnOpenSocket(void* self, curlsocktype, curl_sockaddr* address) noexcept {
    auto* transfer = static_cast<Transfer*>(self);
    if (!transfer->guard_->Allows(&address->addr)) {
      transfer->refused_ = true;
      return CURL_SOCKET_BAD;
    }
    return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  }
  static int OnProgress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) noexcept {
    auto* transfer = static_cast<Transfer*>(self);
    if (!transfer->request_.is_cancelled()) return 0;
    transfer->Keep(
        Error(Code::kCancelled, "request_cancelled",
              transfer->request_.method + " " + transfer->request_.url + " was given up"));
    return 1;
  }
  static size_t OnHeader(char* data, size_t size, size_t count, void* self) noexcept {
    static_cast<Transfer*>(self)->AddHeaderLine({data, size * count});
    return size * count;
  }
  static size_t OnBody(char* data, size_t size, size_t count, void* self) noexcept {
    auto* transfer = static_cast<Transfer*>(self);
    transfer->AddBody({data, size * count});
    return transfer->error_ ? 0 : size * count;
  }
  static size_t OnRead(char* to, size_t size, size_t count, void* self) noexcept {
    return static_cast<Transfer*>(self)->Read(to, size * count);
  }

  CURL* const easy_;
  const Request& request_;
  List headers_;
  const AddressGuard* guard_ = nullptr;
  bool refused_ = false;
  size_t sent_ = 0;
  bool head_done_ = false;
  Response response_;
  std::optional<Error> error_;
  char error_text_[CURL_ERROR_SIZE] = "";
};

class CurlClient final : public Client {
 public:
  explicit CurlClient(ClientOptions options) : options_(std::move(options)) {
    // Counted by libcurl itself, and safe from several threads.
    GANTRY_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  }
  ~CurlClient() override {
    {
      MutexLock lock(mutex_);
      idle_.clear();
    }
    curl_global_cleanup();
  }

  Result<Response> Send(const Request& request) override {
    Easy easy = Take();
    Result<Response> response = Transfer(easy.get(), request).Run(options_);
    GiveBack(std::move(easy));
    return response;
  }

 private:
  // A handle keeps its connections open, so it is used again.
  Easy Take() {
    {
      MutexLock lock(mutex_);
      if (!idle_.empty()) {
        Easy easy = std::move(idle_.back());
        idle_.pop_back();
        return easy;
      }
    }
    Easy easy(curl_easy_init());
    GANTRY_ASSERT(easy != nullptr);
    return easy;
  }

  void GiveBack(Easy easy) {
    curl_easy_reset(easy.get());
    MutexLock lock(mutex_);
    if (idle_.size() < kIdleHandlesMax) idle_.push_back(std::move(easy));
  }

  const ClientOptions options_;
  Mutex mutex_;
  std::vector<Easy> idle_ GUARDED_BY(mutex_);
};

}  // namespace

std::optional<std::string_view> ResponseHead::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0)
      return value;
  }
  return std::nullopt;
}

std::unique_ptr<Client> MakeClient(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace gantry::httpc
