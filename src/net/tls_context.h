#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "net/file_descriptor.h"
#include "net/stream.h"

namespace gantry::net {

// A server's certificate and key, and the TLS streams made with them: TLS 1.2 and 1.3, session
// tickets, h2 and http/1.1 by ALPN, kernel TLS where there is one.
// Threads: all methods from any thread.
class TlsContext {
 public:
  // PEM files: a certificate with its chain, and its key.
  // Errors: invalid_argument/bad_certificate.
  static Result<std::unique_ptr<TlsContext>> Load(std::string certificate, std::string key);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  // Reads the files again; streams made later use what they hold. On an error nothing changes.
  Result<void> Reload();

  // nullptr when there is no memory for it.
  std::unique_ptr<Stream> Accept(FileDescriptor socket);

 private:
  struct Native;
  TlsContext(std::string certificate, std::string key, std::shared_ptr<const Native> native);
  static Result<std::shared_ptr<const Native>> LoadNative(const std::string& certificate,
                                                          const std::string& key);

  const std::string certificate_;
  const std::string key_;
  Mutex mutex_;
  // Shared: replaced while streams are made.
  std::shared_ptr<const Native> native_ GUARDED_BY(mutex_);
};

}  // namespace gantry::net
