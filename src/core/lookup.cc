#include "core/lookup.h"

#include <optional>
#include <string>

#include "meta/repositories.h"

namespace gantry::core {
namespace {

// What clients are told: they know no account.
std::string NameOf(const meta::RepositoryKey& repository) { return std::string(repository.name()); }

}  // namespace

Error NameUnknown(const meta::RepositoryKey& repository) {
  return NotFound("name_unknown", "there is no repository \"" + NameOf(repository) +
                                      "\"; it is created by the first push to it")
      .With("name", NameOf(repository));
}

Error ManifestUnknown(const meta::RepositoryKey& repository, std::string_view reference) {
  return NotFound("manifest_unknown", "repository \"" + NameOf(repository) +
                                          "\" has no manifest \"" + std::string(reference) + "\"")
      .With("name", NameOf(repository))
      .With("reference", std::string(reference));
}

Error BlobUnknown(const meta::RepositoryKey& repository, std::string_view digest) {
  return NotFound("blob_unknown",
                  "repository \"" + NameOf(repository) + "\" has no blob " + std::string(digest))
      .With("name", NameOf(repository))
      .With("digest", std::string(digest));
}

Result<meta::RepositoryId> RequireRepository(db::Tx& tx, const meta::RepositoryKey& repository) {
  TRY_ASSIGN(const std::optional<meta::RepositoryId> id, meta::FindRepositoryId(tx, repository));
  if (!id) return NameUnknown(repository);
  return *id;
}

Error NotFoundIn(db::Tx& tx, const meta::RepositoryKey& repository, Error missing) {
  auto found = RequireRepository(tx, repository);
  return found.ok() ? std::move(missing) : std::move(found).error();
}

}  // namespace gantry::core
