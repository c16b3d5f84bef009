#include "audit/tls_connection.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace gantry::audit {
namespace {

Error Failed(const char* what, const ssl_st* ssl) {
  const unsigned long code = ERR_get_error();
  char text[256] = "the connection ended";
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  const long verified = ssl == nullptr ? X509_V_OK : SSL_get_verify_result(ssl);
  std::string why = verified == X509_V_OK ? text : X509_verify_cert_error_string(verified);
  ERR_clear_error();
  return Unavailable("syslog_unreachable", std::string(what) + ": " + why);
}

bool IsAddress(const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

}  // namespace

void TlsConnection::Free::operator()(ssl_st* ssl) const { SSL_free(ssl); }
void TlsConnection::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Result<TlsConnection> TlsConnection::Begin(int fd, const std::string& host,
                                           const std::string& ca_file) {
  TlsConnection made;
  made.context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = made.context_.get();
  if (context == nullptr) return Failed("TLS", nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const int loaded = ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context)
                         : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
  if (loaded != 1) return Failed("the file of certificates", nullptr);
  made.ssl_.reset(SSL_new(context));
  SSL* const ssl = made.ssl_.get();
  if (ssl == nullptr || SSL_set_fd(ssl, fd) != 1) return Failed("TLS", nullptr);
  X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
  if (IsAddress(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
  } else {
    SSL_set1_host(ssl, host.c_str());
    SSL_set_tlsext_host_name(ssl, host.c_str());
  }
  if (SSL_connect(ssl) != 1) return Failed("TLS handshake", ssl);
  return made;
}

Result<void> TlsConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    size_t sent = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) != 1)
      return Failed("TLS", ssl_.get());
    bytes.remove_prefix(sent);
  }
  return Ok();
}

}  // namespace gantry::audit
