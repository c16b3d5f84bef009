#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/listings.h"
#include "core/store.h"
#include "meta/manifests.h"
#include "meta/pins.h"
#include "meta/repository_key.h"
#include "oci/digest.h"

namespace gantry::core {

// A pin says that a digest is deployed. It protects, wherever in its account (or in the one
// repository it names) the digest is:
//   - the manifest itself,
//   - every index that lists it, and what a pinned index lists,
//   - the subject of a pinned referrer, and the referrers of what is protected.
// What is protected is not deleted but by force; the last tag that names it neither, for it may be
// pulled by that name again. Tags can move away from it.
//
// Sources are who says so: "manual", a cluster's reporter ("kube:prod"), nodes that pulled
// ("node:worker-1"). A source that falls silent keeps its pins.
// Threads: all methods from any thread; all block.
class Pins {
 public:
  explicit Pins(const Store& store) : store_(store) {}

  // invalid_argument/pin_invalid when a text is too long or a source has no name.
  Result<meta::Pin> Put(const iam::AccountId& account, const meta::Pin& pin);
  // not_found/pin_unknown.
  Result<meta::Pin> Remove(const iam::AccountId& account, meta::PinId id);
  Result<Page<meta::Pin>> List(const iam::AccountId& account, const meta::PinFilter& filter,
                               int64_t limit);

  Result<void> PutSource(const iam::AccountId& account, const meta::PinSource& source);
  // With its pins. not_found/pin_source_unknown.
  Result<void> RemoveSource(const iam::AccountId& account, const std::string& name);
  Result<Page<meta::PinSource>> Sources(const iam::AccountId& account, const std::string& after,
                                        int64_t limit);
  // A sign of life. not_found/pin_source_unknown, as the two below.
  Result<void> Heartbeat(const iam::AccountId& account, const std::string& source);

  // What a source has changed, in one commit; both are signs of life, too. Written are the
  // differences alone. The source's name and the time are set here.
  struct Changes {
    int64_t added = 0;
    int64_t changed = 0;
    int64_t removed = 0;
  };
  // From now on the source pins exactly these.
  Result<Changes> ReplaceState(const iam::AccountId& account, const std::string& source,
                               std::vector<meta::Pin> pins);
  // Of `removed` only digest and repository are read.
  Result<Changes> ApplyChanges(const iam::AccountId& account, const std::string& source,
                               std::vector<meta::Pin> added, const std::vector<meta::Pin>& removed);

  // Deletes pins whose time has come, and returns the sources of all accounts that are silent.
  Result<std::vector<meta::SilentSource>> Sweep();

 private:
  Store store_;
};

// The pin by which a manifest of the repository is protected; nullopt: by none.
Result<std::optional<meta::Pin>> FindProtection(db::Tx& tx, const meta::RepositoryKey& key,
                                                meta::RepositoryId repository,
                                                const std::string& digest, Time now);
// failed_precondition/image_pinned, with the reason, when there is one.
Result<void> RequireNoPin(db::Tx& tx, const meta::RepositoryKey& key, meta::RepositoryId repository,
                          const std::string& digest, Time now);
// The same for all that is in a repository.
Result<void> RequireNoPinIn(db::Tx& tx, const meta::RepositoryKey& key,
                            meta::RepositoryId repository, Time now);

// "running in cluster prod, namespace shop, 3 pods" of a reporter's pin, else its reason and
// source.
std::string WhyPinned(const meta::Pin& pin);

}  // namespace gantry::core
