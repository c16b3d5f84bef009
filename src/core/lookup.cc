#include "core/lookup.h"

#include <optional>
#include <string>

#include "meta/repositories.h"

namespace gantry::core {

Error NameUnknown(const oci::RepositoryName& name) {
  return NotFound("name_unknown", "there is no repository \"" + name.text() +
                                      "\"; it is created by the first push to it")
      .With("name", name.text());
}

Error ManifestUnknown(const oci::RepositoryName& name, std::string_view reference) {
  return NotFound("manifest_unknown", "repository \"" + name.text() + "\" has no manifest \"" +
                                          std::string(reference) + "\"")
      .With("name", name.text())
      .With("reference", std::string(reference));
}

Error BlobUnknown(const oci::RepositoryName& name, std::string_view digest) {
  return NotFound("blob_unknown",
                  "repository \"" + name.text() + "\" has no blob " + std::string(digest))
      .With("name", name.text())
      .With("digest", std::string(digest));
}

Result<meta::RepositoryId> RequireRepository(db::Tx& tx, const oci::RepositoryName& name) {
  TRY_ASSIGN(const std::optional<meta::RepositoryId> id, meta::FindRepositoryId(tx, name));
  if (!id) return NameUnknown(name);
  return *id;
}

Error NotFoundIn(db::Tx& tx, const oci::RepositoryName& name, Error missing) {
  auto repository = RequireRepository(tx, name);
  return repository.ok() ? std::move(missing) : std::move(repository).error();
}

}  // namespace gantry::core
