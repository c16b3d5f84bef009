#include "net/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gantry::net {
namespace {

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslPointer = std::unique_ptr<SSL, SslDeleter>;

// As the protocol writes it: each name behind its length.
constexpr unsigned char kProtocols[] = "\x02h2\x08http/1.1";

std::string OpenSslReason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

Error BadCertificate(const std::string& what) {
  return InvalidArgument("bad_certificate", what + ": " + OpenSslReason());
}

int ChooseProtocol(SSL*, const unsigned char** out, unsigned char* out_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, kProtocols, sizeof kProtocols - 1,
                                           offered, offered_size);
  // Nothing in common: HTTP/1.1 it is, as without ALPN.
  if (result != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

class TlsStream final : public Stream {
 public:
  TlsStream(FileDescriptor socket, SslPointer ssl)
      : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  int fd() const override { return socket_.get(); }
  bool encrypted() const override { return true; }

  IoStatus Handshake() override {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    return result == 1 ? IoStatus::kOk : Classify(result);
  }

  bool negotiated_h2() const override {
    const unsigned char* name = nullptr;
    unsigned int size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return size == 2 && name[0] == 'h' && name[1] == '2';
  }

  IoResult Read(std::span<char> space) override {
    ERR_clear_error();
    size_t n = 0;
    const int result = SSL_read_ex(ssl_.get(), space.data(), space.size(), &n);
    if (result == 1) return {IoStatus::kOk, n};
    return {Classify(result), 0};
  }

  IoResult Write(std::span<const iovec> pieces, bool) override {
    size_t total = 0;
    for (const iovec& piece : pieces) {
      for (size_t at = 0; at < piece.iov_len;) {
        const IoResult result =
            WriteOne({static_cast<const char*>(piece.iov_base) + at, piece.iov_len - at});
        if (result.status != IoStatus::kOk)
          return total > 0 ? IoResult{IoStatus::kOk, total} : result;
        at += result.bytes;
        total += result.bytes;
      }
    }
    return {IoStatus::kOk, total};
  }

  IoResult SendFile(int file, int64_t offset, size_t count, bool /*more*/) override {
    if (BIO_get_ktls_send(SSL_get_wbio(ssl_.get()))) {
      ERR_clear_error();
      const ossl_ssize_t n = SSL_sendfile(ssl_.get(), file, offset, count, 0);
      if (n > 0) return {IoStatus::kOk, static_cast<size_t>(n)};
      return {n == 0 ? IoStatus::kError : Classify(static_cast<int>(n)), 0};
    }
    // One record. A record that the socket did not take is offered again with the same bytes.
    std::array<char, SSL3_RT_MAX_PLAIN_LENGTH> record;
    const ssize_t got = pread(file, record.data(), std::min(count, record.size()), offset);
    if (got <= 0) return {IoStatus::kError, 0};
    return WriteOne(std::span<const char>(record.data(), static_cast<size_t>(got)));
  }

  void ShutdownWrite() override {
    if (!broken_) {
      ERR_clear_error();
      SSL_shutdown(ssl_.get());
    }
    shutdown(fd(), SHUT_WR);
  }

 private:
  IoResult WriteOne(std::span<const char> bytes) {
    ERR_clear_error();
    size_t n = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n);
    if (result == 1) return {IoStatus::kOk, n};
    return {Classify(result), 0};
  }

  IoStatus Classify(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return IoStatus::kAgain;
      case SSL_ERROR_ZERO_RETURN:
        return IoStatus::kEnd;
      default:
        broken_ = true;
        ERR_clear_error();
        return IoStatus::kError;
    }
  }

  const FileDescriptor socket_;  // outlives ssl_
  const SslPointer ssl_;
  bool broken_ = false;
};

}  // namespace

struct TlsContext::Native {
  std::unique_ptr<SSL_CTX, ContextDeleter> context;
};

Result<std::unique_ptr<TlsContext>> TlsContext::Load(std::string certificate, std::string key) {
  TRY_ASSIGN(auto native, LoadNative(certificate, key));
  return std::unique_ptr<TlsContext>(
      new TlsContext(std::move(certificate), std::move(key), std::move(native)));
}

TlsContext::TlsContext(std::string certificate, std::string key,
                       std::shared_ptr<const Native> native)
    : certificate_(std::move(certificate)), key_(std::move(key)), native_(std::move(native)) {}

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext::Native>> TlsContext::LoadNative(
    const std::string& certificate, const std::string& key) {
  ERR_clear_error();
  auto native = std::make_shared<Native>();
  native->context.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* context = native->context.get();
  if (context == nullptr) return Internal("tls_unavailable", "cannot make a TLS context");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_ENABLE_KTLS);
  // Idle connections give their buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  // Sessions are resumed by tickets; nothing is kept here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, ChooseProtocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return BadCertificate("cannot use the certificate file \"" + certificate + "\"");
  }
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return BadCertificate("cannot use the key file \"" + key + "\"");
  }
  if (SSL_CTX_check_private_key(context) != 1) {
    return BadCertificate("the key in \"" + key + "\" does not belong to the certificate in \"" +
                          certificate + "\"");
  }
  return std::shared_ptr<const Native>(std::move(native));
}

Result<void> TlsContext::Reload() {
  TRY_ASSIGN(auto fresh, LoadNative(certificate_, key_));
  MutexLock lock(mutex_);
  native_ = std::move(fresh);
  return Ok();
}

std::unique_ptr<Stream> TlsContext::Accept(FileDescriptor socket) {
  std::shared_ptr<const Native> native;
  {
    MutexLock lock(mutex_);
    native = native_;
  }
  SslPointer ssl(SSL_new(native->context.get()));  // holds its own reference
  if (ssl == nullptr || SSL_set_fd(ssl.get(), socket.get()) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsStream>(std::move(socket), std::move(ssl));
}

}  // namespace gantry::net
