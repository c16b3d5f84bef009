#include "auth/signing_keys.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "auth/jwt.h"
#include "auth/session.h"
#include "base/assert.h"
#include "crypto/cipher.h"
#include "crypto/random.h"
#include "meta/tokens.h"

namespace gantry::auth {
namespace {

constexpr Duration kLookAgainAfter = Seconds(1);

std::string PlaceOf(const std::string& id) { return "signing_key/" + id; }

}  // namespace

// The keys as they were read, oldest first.
struct SigningKeys::Snapshot {
  struct Entry {
    Signer signer;
    Time active_at;
    Time retire_at;
  };
  std::vector<Entry> signers;
  std::shared_ptr<const KeySet> accepted;
};

Result<void> SigningKeys::Insert(db::Tx& tx, Time now, Time active_at, Time others_retire) const {
  const auto key = crypto::PrivateKey::Generate(crypto::SignatureAlgorithm::kEs256);
  std::string der = key.Der();
  meta::SigningKey row;
  row.id = crypto::RandomHex(8);
  row.algorithm = SignatureAlgorithmName(key.algorithm());
  row.sealed_key = installation_key_.Seal(PlaceOf(row.id), der);
  crypto::Erase(der);
  row.created_at = now;
  row.active_at = active_at;
  row.retire_at = kNever;
  TRY(meta::InsertSigningKey(tx, row));
  return meta::RetireOtherKeys(tx, row.id, others_retire);
}

Result<void> SigningKeys::Maintain() {
  TRY(db_.Write([&](db::Tx& tx) -> Result<void> {
    const Time now = clock_.Now();
    TRY(meta::DeleteSigningKeysRetiredBefore(tx, now));
    TRY(meta::DeleteRevocationsBefore(tx, now - kClockSkew));
    TRY_ASSIGN(const std::vector<meta::SigningKey> keys, meta::ListSigningKeys(tx));
    if (keys.empty()) return Insert(tx, now, now, now);
    const Time next_at = keys.back().active_at + options_.rotate_every;
    if (now < next_at - options_.publish_ahead) return Ok();
    const Time active_at = std::max(next_at, now + options_.publish_ahead);
    return Insert(tx, now, active_at, active_at + options_.accept_after);
  }));
  return Load();
}

Result<void> SigningKeys::RotateNow(Time retire_at) {
  TRY(db_.Write([&](db::Tx& tx) {
    const Time now = clock_.Now();
    return Insert(tx, now, now, retire_at);
  }));
  return Load();
}

Result<void> SigningKeys::Load() {
  std::vector<meta::SigningKey> rows;
  TRY(db_.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(rows, meta::ListSigningKeys(tx));
    return Ok();
  }));
  auto snapshot = std::make_shared<Snapshot>();
  std::vector<KeySetEntry> accepted;
  for (const meta::SigningKey& row : rows) {
    if (row.retire_at <= clock_.Now()) continue;
    TRY_ASSIGN(std::string der, installation_key_.Unseal(PlaceOf(row.id), row.sealed_key));
    auto key = crypto::PrivateKey::FromDer(der);
    crypto::Erase(der);
    if (!key.ok()) return std::move(key).error();
    accepted.push_back({row.id, key->Public()});
    auto shared = std::make_shared<const crypto::PrivateKey>(std::move(*key));
    snapshot->signers.push_back({{row.id, std::move(shared)}, row.active_at, row.retire_at});
  }
  snapshot->accepted = std::make_shared<const KeySet>(std::move(accepted));
  MutexLock lock(mutex_);
  snapshot_ = std::move(snapshot);
  return Ok();
}

SigningKeys::Signer SigningKeys::Current() const {
  const Time now = clock_.Now();
  MutexLock lock(mutex_);
  GANTRY_ASSERT(snapshot_ != nullptr && !snapshot_->signers.empty());
  // The active one that is to be accepted for longest, which is the youngest.
  const Snapshot::Entry* current = &snapshot_->signers.front();
  for (const Snapshot::Entry& entry : snapshot_->signers) {
    if (entry.active_at <= now && entry.retire_at >= current->retire_at) current = &entry;
  }
  return current->signer;
}

std::shared_ptr<const KeySet> SigningKeys::Accepted() const {
  MutexLock lock(mutex_);
  GANTRY_ASSERT(snapshot_ != nullptr);
  return snapshot_->accepted;
}

std::shared_ptr<const KeySet> SigningKeys::AcceptedWith(std::string_view id) {
  auto accepted = Accepted();
  if (accepted->Find(id) != nullptr) return accepted;
  {
    const Time now = clock_.Now();
    MutexLock lock(mutex_);
    if (now < looked_again_at_ + kLookAgainAfter) return accepted;
    looked_again_at_ = now;
  }
  // When the database does not answer, the keys are those that are known.
  static_cast<void>(Load());
  return Accepted();
}

}  // namespace gantry::auth
