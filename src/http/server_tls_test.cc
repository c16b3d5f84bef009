#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "http/testing/client.h"
#include "http/testing/test_server.h"

namespace gantry::http {
namespace {

using testing::Client;
using testing::Get;
using testing::Pattern;
using testing::Put;
using testing::TestServer;
using testing::UploadAnswer;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using File = std::unique_ptr<FILE, Free<std::fclose>>;

// A folder with the files of a certificate for a name, signed by itself.
class TlsFolder {
 public:
  TlsFolder() {
    std::string path = "/tmp/gantry_tls_test_XXXXXX";
    folder_ = mkdtemp(path.data());
    Write("first");
  }
  ~TlsFolder() {
    unlink(files().certificate.c_str());
    unlink(files().key.c_str());
    rmdir(folder_.c_str());
  }
  TlsFiles files() const { return {folder_ + "/certificate.pem", folder_ + "/key.pem"}; }

  void Write(const char* name) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate certificate(X509_new());
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());
    const File out(std::fopen(files().certificate.c_str(), "w"));
    PEM_write_X509(out.get(), certificate.get());
    const File key_out(std::fopen(files().key.c_str(), "w"));
    PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

 private:
  std::string folder_;
};

using Context = std::unique_ptr<SSL_CTX, Free<SSL_CTX_free>>;
using Ssl = std::unique_ptr<SSL, Free<SSL_free>>;
using Session = std::unique_ptr<SSL_SESSION, Free<SSL_SESSION_free>>;

Context MakeContext() {
  Context context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT);
  return context;
}

// A blocking TLS client.
class TlsClient {
 public:
  TlsClient(const std::string& address, SSL_CTX* context, const std::string& alpn = {},
            SSL_SESSION* resume = nullptr)
      : client_(address), ssl_(SSL_new(context)) {
    SSL_set_fd(ssl_.get(), client_.fd());
    if (!alpn.empty()) {
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                          static_cast<unsigned>(alpn.size()));
    }
    if (resume != nullptr) SSL_set_session(ssl_.get(), resume);
    connected_ = SSL_connect(ssl_.get()) == 1;
  }

  bool connected() const { return connected_; }
  SSL* ssl() { return ssl_.get(); }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  std::string peer_name() const {
    const Certificate certificate(SSL_get1_peer_certificate(ssl_.get()));
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                              sizeof name);
    return name;
  }
  void Send(const std::string& bytes) {
    for (size_t at = 0; at < bytes.size();) {
      size_t n = 0;
      if (SSL_write_ex(ssl_.get(), bytes.data() + at, bytes.size() - at, &n) != 1) return;
      at += n;
    }
  }
  // The bytes of an answer with a length, head and body; or what there is to its end.
  std::string Ask(const std::string& request, bool to_the_end = false) {
    Send(request);
    std::string all;
    for (;;) {
      const size_t head = all.find("\r\n\r\n");
      const size_t length = all.find("Content-Length: ");
      if (!to_the_end && head != std::string::npos && length < head &&
          all.size() >= head + 4 + std::strtoul(all.c_str() + length + 16, nullptr, 10)) {
        return all.substr(head + 4);
      }
      std::string bytes(65536, '\0');
      size_t n = 0;
      if (SSL_read_ex(ssl_.get(), bytes.data(), bytes.size(), &n) != 1) return all;
      all.append(bytes, 0, n);
    }
  }

 private:
  Client client_;
  Ssl ssl_;
  bool connected_ = false;
};

class TlsServerTest : public ::testing::Test {
 protected:
  static void Configure(ServerOptions& options, const TlsFiles& files) {
    options.listen = {{"127.0.0.1:0", true}, {"127.0.0.1:0", false}};
    options.tls = files;
    options.limits.header_timeout = Millis(300);
  }

  TlsFolder folder_;
  TestServer test_{[this](ServerOptions& options) { Configure(options, folder_.files()); }};
  const Context context_ = MakeContext();
};

TEST_F(TlsServerTest, ServesHttp1) {
  TlsClient client(test_.address(), context_.get());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.protocol(), "");
  EXPECT_EQ(client.Ask(Get("/peer")), "127.0.0.1\nhttps\n11\ntest");
  EXPECT_EQ(client.Ask(Get("/worker")), "worker");
  EXPECT_EQ(client.Ask(Get("/file")), Pattern(0, TestServer::kFileBytes));
  EXPECT_EQ(client.Ask(Get("/file?offset=777&length=100000")), Pattern(777, 100000));
  EXPECT_EQ(client.Ask(Get("/big?n=3000000")), Pattern(0, 3000000));
  EXPECT_EQ(client.Ask(Get("/source?n=300000&known=1")), Pattern(0, 300000));
  const std::string body = Pattern(0, 5'000'001);
  EXPECT_EQ(client.Ask(Put("/upload", body)), UploadAnswer(body));
  EXPECT_EQ(client.Ask(testing::PutChunked("/upload", body, 99'999)), UploadAnswer(body));
  EXPECT_NE(client.Ask(Get("/inline", "Connection: close\r\n"), true).find("close"),
            std::string::npos);
  EXPECT_EQ(SSL_get_shutdown(client.ssl()), SSL_RECEIVED_SHUTDOWN);  // a clean end
}

TEST_F(TlsServerTest, ChoosesTheProtocolByAlpn) {
  using namespace std::string_literals;
  TlsClient both(test_.address(), context_.get(), "\x08http/1.1\x02h2"s);
  EXPECT_EQ(both.protocol(), "h2");
  TlsClient old(test_.address(), context_.get(), "\x08http/1.1"s);
  EXPECT_EQ(old.protocol(), "http/1.1");
  EXPECT_EQ(old.Ask(Get("/inline")), "inline");
  TlsClient other(test_.address(), context_.get(), "\x04smtp"s);
  EXPECT_EQ(other.protocol(), "");
  EXPECT_EQ(other.Ask(Get("/inline")), "inline");
}

TEST_F(TlsServerTest, OldVersionsAreRefused) {
  const Context old = MakeContext();
  SSL_CTX_set_security_level(old.get(), 0);
  SSL_CTX_set_min_proto_version(old.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
  EXPECT_FALSE(TlsClient(test_.address(), old.get()).connected());
  const Context tls12 = MakeContext();
  SSL_CTX_set_max_proto_version(tls12.get(), TLS1_2_VERSION);
  TlsClient client(test_.address(), tls12.get());
  ASSERT_TRUE(client.connected());
  EXPECT_EQ(client.Ask(Get("/inline")), "inline");
}

TEST_F(TlsServerTest, SessionsAreResumed) {
  TlsClient first(test_.address(), context_.get());
  EXPECT_EQ(first.Ask(Get("/inline")), "inline");  // tickets come with it
  const Session session(SSL_get1_session(first.ssl()));
  TlsClient second(test_.address(), context_.get(), {}, session.get());
  EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
  EXPECT_EQ(second.Ask(Get("/inline")), "inline");
}

TEST_F(TlsServerTest, ReadsTheCertificateAgain) {
  TlsClient before(test_.address(), context_.get());
  EXPECT_EQ(before.peer_name(), "first");
  folder_.Write("second");
  EXPECT_TRUE(test_.server().ReloadTls().ok());
  EXPECT_EQ(TlsClient(test_.address(), context_.get()).peer_name(), "second");
  EXPECT_EQ(before.Ask(Get("/inline")), "inline");  // goes on with the old one
  // A key that does not belong to it: nothing changes.
  const File broken(std::fopen(folder_.files().key.c_str(), "w"));
  std::fputs("no key", broken.get());
  std::fflush(broken.get());
  const auto reloaded = test_.server().ReloadTls();
  ASSERT_FALSE(reloaded.ok());
  EXPECT_EQ(reloaded.error().reason(), "bad_certificate");
  EXPECT_NE(reloaded.error().message().find("key.pem"), std::string::npos);
  EXPECT_EQ(TlsClient(test_.address(), context_.get()).peer_name(), "second");
}

TEST_F(TlsServerTest, WhatIsNoTlsIsClosed) {
  Client client(test_.address());
  client.Send(Get("/inline"));
  const auto all = client.ReceiveAll();
  EXPECT_TRUE(!all || all->find("200") == std::string::npos);
  Client silent(test_.address());
  EXPECT_TRUE(silent.AtEnd());  // after header_timeout
  Client plain(test_.address(1));
  EXPECT_EQ(plain.Ask(Get("/inline")).body, "inline");
}

TEST_F(TlsServerTest, ManyClientsAtOnce) {
  std::vector<std::unique_ptr<TlsClient>> clients;
  const std::string body = Pattern(0, 100'000);
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<TlsClient>(test_.address(), context_.get()));
    clients.back()->Send(Put("/upload", body));
  }
  for (auto& client : clients) EXPECT_EQ(client->Ask(""), UploadAnswer(body));
}

}  // namespace
}  // namespace gantry::http
