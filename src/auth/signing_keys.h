#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "auth/installation_key.h"
#include "auth/jwks.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "crypto/sign.h"
#include "db/db.h"

namespace gantry::auth {

struct SigningKeyOptions {
  Duration rotate_every = Hours(24 * 30);
  // A new key is published this long before it signs, so that whoever keeps a copy of the key set
  // has it by then; and accepted this long after the next one took over.
  Duration publish_ahead = Hours(24);
  Duration accept_after = Hours(13);  // more than the longest token
};

// The keys that sign tokens: ES256, kept sealed in the database, the same on every node.
// Threads: all methods from any thread.
class SigningKeys {
 public:
  struct Signer {
    std::string id;
    std::shared_ptr<const crypto::PrivateKey> key;  // shared: a rotation may drop it meanwhile
  };

  SigningKeys(db::Db& db, const InstallationKey& installation_key, const Clock& clock,
              SigningKeyOptions options = {})
      : db_(db), installation_key_(installation_key), clock_(clock), options_(options) {}

  // Reads the keys; makes the first one, and the next one when it is time, and forgets those that
  // are no longer accepted. Called at the start and then every minute or so.
  Result<void> Maintain();
  // Makes a key that signs at once; the ones before are no longer accepted at `retire_at` (now,
  // when a key leaked: every token signed with it is over).
  Result<void> RotateNow(Time retire_at);

  // The key that signs now. REQUIRES: Maintain has succeeded once.
  Signer Current() const;
  // All keys that are accepted or will be: what `/.well-known/jwks.json` publishes.
  std::shared_ptr<const KeySet> Accepted() const;
  // As Accepted; reads the database again first, at most once a second, when `id` is not there:
  // another node may have made it.
  std::shared_ptr<const KeySet> AcceptedWith(std::string_view id);

 private:
  struct Snapshot;
  Result<void> Load();
  // The others are accepted until `others_retire` at most.
  Result<void> Insert(db::Tx& tx, Time now, Time active_at, Time others_retire) const;

  db::Db& db_;
  const InstallationKey& installation_key_;
  const Clock& clock_;
  const SigningKeyOptions options_;
  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ GUARDED_BY(mutex_);
  Time looked_again_at_ GUARDED_BY(mutex_);
};

}  // namespace gantry::auth
