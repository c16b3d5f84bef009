#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "db/db.h"
#include "iam/account_id.h"
#include "meta/ids.h"

// Queries over pins ("this digest is deployed") and those who set them. What a pin protects:
// core/pins.h.
namespace gantry::meta {

struct Pin {
  PinId id{};
  std::string digest;
  std::string repository;  // a name in the account; "": wherever the digest is
  std::string source;      // "manual", "kube:prod", "node:worker-1"
  std::string reason;
  std::string detail = "{}";  // a JSON object
  Time created_at{};
  Time expires_at{};  // zero: never
};

// Inserts, or replaces reason, detail and expiry of the source's pin of that digest there. `pin.id`
// is not read. Returns the pin's id.
Result<PinId> PutPin(db::Tx& tx, IdGenerator& ids, const iam::AccountId& account, const Pin& pin);
Result<std::optional<Pin>> FindPin(db::Tx& tx, const iam::AccountId& account, PinId id);
// False: there was none.
Result<bool> DeletePin(db::Tx& tx, const iam::AccountId& account, PinId id);
// The pin that a source has of a digest in a repository.
Result<bool> DeletePinOfSource(db::Tx& tx, const iam::AccountId& account, const std::string& source,
                               const std::string& digest, const std::string& repository);

// Whether the account has any pin at all.
Result<bool> AnyPin(db::Tx& tx, const iam::AccountId& account);
// The pins of one digest that hold in the repository and have not expired.
Result<std::vector<Pin>> PinsOf(db::Tx& tx, const iam::AccountId& account,
                                const std::string& digest, const std::string& repository, Time now);
// Some digest of a repository that is pinned and there, and its pin; nullopt if none.
Result<std::optional<Pin>> AnyPinIn(db::Tx& tx, const iam::AccountId& account,
                                    RepositoryId repository, const std::string& name, Time now);

struct PinFilter {
  std::string source{};  // "": of all
  std::string digest{};  // "": of all; else the source is not looked at
  PinId after{};         // where the page starts (exclusive)
};
// By id; expired ones too.
Result<std::vector<Pin>> ListPins(db::Tx& tx, const iam::AccountId& account,
                                  const PinFilter& filter, int64_t limit);
// All of one source, in any order.
Result<std::vector<Pin>> PinsOfSource(db::Tx& tx, const iam::AccountId& account,
                                      const std::string& source);
// Deletes up to `limit` pins whose time has come; returns how many.
Result<int64_t> DeleteExpiredPins(db::Tx& tx, Time now, int64_t limit);

struct PinSource {
  std::string name;
  std::string kind;         // "kube", "node", "manual"
  Duration silent_after{};  // zero: it may be silent for ever
  Time last_seen_at{};
  Time created_at{};
};
// Inserts or replaces (created_at stays).
Result<void> PutPinSource(db::Tx& tx, const iam::AccountId& account, const PinSource& source);
// False: there is none.
Result<bool> SeePinSource(db::Tx& tx, const iam::AccountId& account, const std::string& name,
                          Time now);
Result<std::optional<PinSource>> FindPinSource(db::Tx& tx, const iam::AccountId& account,
                                               const std::string& name);
// By name, after `after` ("" from the start).
Result<std::vector<PinSource>> ListPinSources(db::Tx& tx, const iam::AccountId& account,
                                              const std::string& after, int64_t limit);
// Deletes the source with its pins. False: there was none.
Result<bool> DeletePinSource(db::Tx& tx, const iam::AccountId& account, const std::string& name);

// Those of all accounts that have been silent for too long, at most 1000.
struct SilentSource {
  std::string account;
  PinSource source;
};
Result<std::vector<SilentSource>> ListSilentSources(db::Tx& tx, Time now);

}  // namespace gantry::meta
