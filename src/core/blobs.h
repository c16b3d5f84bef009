#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "blob/blob_store.h"
#include "core/stamped_cache.h"
#include "core/store.h"
#include "meta/repository_key.h"
#include "oci/digest.h"

namespace gantry::core {

using BlobPointer = std::shared_ptr<const blob::BlobReader>;

// Blobs as repositories see them: pull, presence, mount, delete. (Uploads: uploads.h.)
// Threads: all methods from any thread; all but FindCached block.
class Blobs {
 public:
  explicit Blobs(const Store& store);

  // What an Open of the same arguments would return, if that is known; else nullptr. For reactors.
  // `key` is the text of a RepositoryKey.
  BlobPointer FindCached(std::string_view key, std::string_view digest);

  // not_found/blob_unknown (also when the bytes were found damaged: pushing them again heals it),
  // not_found/name_unknown, corruption/blob_size.
  Result<BlobPointer> Open(const meta::RepositoryKey& repository, const oci::Digest& digest);

  // The size. A client asks this before a push to skip the upload, so the answer is a promise: the
  // lease of a blob that no manifest needs yet is renewed when more than half of it has gone.
  Result<int64_t> Stat(const meta::RepositoryKey& repository, const oci::Digest& digest);

  // Links a blob of `from` (nullopt: of any repository) into `repository`, if `may_pull` holds for
  // it; nothing of another account is ever linked. False: there is none to link; the client
  // uploads.
  Result<bool> Mount(const meta::RepositoryKey& repository, const oci::Digest& digest,
                     const std::optional<meta::RepositoryKey>& from,
                     const std::function<Result<bool>(const meta::RepositoryKey&)>& may_pull);

  // Moves the link into the trash. failed_precondition/blob_referenced while a manifest of the
  // repository needs the blob; not_found as Open.
  Result<void> Delete(const meta::RepositoryKey& repository, const oci::Digest& digest,
                      const std::string& reason);

 private:
  Store store_;
  StampedCache<blob::BlobReader> cache_;
};

}  // namespace gantry::core
