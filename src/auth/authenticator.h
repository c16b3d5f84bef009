#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "auth/access_versions.h"
#include "auth/credentials.h"
#include "auth/directory_logins.h"
#include "auth/installation_key.h"
#include "auth/lockout.h"
#include "auth/session.h"
#include "auth/session_cache.h"
#include "auth/sigv4.h"
#include "auth/token_service.h"
#include "base/clock.h"
#include "base/function_ref.h"
#include "base/result.h"
#include "crypto/password.h"

namespace gantry::auth {

// What a request brings. Borrows everything until the call returns.
struct Attempt {
  std::span<const std::string_view> authorization;     // all values of the header
  iam::AccountId account = iam::AccountId::Default();  // that of the host name
  std::string_view peer;                               // the client's address, without port
  // The request that an AWS4-HMAC-SHA256 signature covers; nullptr where that form is not taken.
  const SigV4Request* signed_request = nullptr;
  std::string_view service;  // that the signature must name: "ecr", "sts", "s3"
};

// Finds out who a request comes from. Takes
//   no header                              the anonymous principal of the host's account
//   Bearer TOKEN                           a token of this installation
//   Basic NAME:PASSWORD                    a user of ours, or of the directory (directory_logins.h)
//   Basic robot$NAME:SECRET, robot+NAME    a robot (a project's robot is named PROJECT+NAME)
//   Basic AWS:TOKEN, oauth2accesstoken:TOKEN, <token>:TOKEN, _token:TOKEN, :TOKEN
//   Basic _json_key:JSON, _json_key_base64:BASE64    a robot's key file (service_key.h)
//   AWS4-HMAC-SHA256 …                     an access key, or temporary credentials
// Passwords that fail count against the user's name and the address (lockout.h), whether there is
// such a user or not; and the time that a failure takes does not tell either (with a directory, it
// tells which names are users with a password of ours). Whoever was let in
// by the same header less than a minute ago is let in without looking, unless an identity of the
// account changed since.
// Threads: all methods from any thread.
class Authenticator {
 public:
  // All outlive this. `directory` nullptr: there is none.
  Authenticator(AccessVersions& access, TokenService& tokens,
                const InstallationKey& installation_key, crypto::PasswordHasher& passwords,
                Lockout& lockout, const Clock& clock, DirectoryLogins* directory = nullptr);

  // Blocks (database, password hashing): from a worker only.
  // Errors, all unauthenticated but the last three:
  //   credentials_invalid   the header is of no form above, or there are several
  //   credentials_wrong     no such user, robot or key, or the secret is wrong: one sentence for
  //   all token_…               as TokenService::Verify signature_…           as VerifySigV4
  //   resource_exhausted/locked_out        with `retry_after_seconds` in the detail
  //   resource_exhausted/too_many_logins   too many passwords are being checked: try again
  //   unavailable/directory_…              as Directory::Check
  Result<SessionPtr> Authenticate(const Attempt& attempt);

  // The session of a header that was let in lately, without blocking: for reactor threads. nullptr
  // says nothing but "call Authenticate". Signatures (AWS4-…) are never remembered.
  SessionPtr TryCached(std::string_view authorization, const iam::AccountId& account, Time now);

  // Forgets all sessions that are remembered; for tests and for `gantry auth flush`.
  void Forget() { cache_.Clear(); }

 private:
  // Looks up and remembers whom it found, unless an identity changed meanwhile.
  Result<SessionPtr> Remember(const Attempt& attempt,
                              FunctionRef<Result<SessionPtr>()> authenticate);
  Result<SessionPtr> AuthenticateBasic(const BasicCredential& credential, const Attempt& attempt);
  Result<SessionPtr> AuthenticateUser(const iam::AccountId& account, const std::string& name,
                                      const std::string& password, std::string_view peer);
  Result<SessionPtr> AuthenticateByDirectory(const iam::AccountId& account, const std::string& name,
                                             const std::string& password, std::string_view peer);
  Result<SessionPtr> AuthenticateRobot(const iam::AccountId& account, const std::string& name,
                                       const std::string& secret);
  Result<SessionPtr> AuthenticateSignature(std::string_view header, const Attempt& attempt);
  Result<SessionPtr> AuthenticateTemporaryKey(const SigV4Authorization& authorization,
                                              const Attempt& attempt);

  AccessVersions& access_;
  TokenService& tokens_;
  const InstallationKey& installation_key_;
  crypto::PasswordHasher& passwords_;
  Lockout& lockout_;
  const Clock& clock_;
  DirectoryLogins* const directory_;
  const std::string
      nobody_hash_;  // what the password of a user who is not there is checked against
  SessionCache cache_;
};

}  // namespace gantry::auth
