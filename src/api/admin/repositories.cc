#include "meta/repositories.h"

#include "api/admin/answer.h"
#include "api/admin/handlers.h"

namespace gantry::api::admin {
namespace {

void WriteRepository(json::Writer& writer, const meta::Repository& repository) {
  const auto& counts = repository.counts;
  writer.BeginObject();
  writer.Key("account").String(repository.account);
  writer.Key("name").String(repository.name);
  WriteTime(writer, "created", repository.created_at);
  WriteTime(writer, "updated", repository.updated_at);
  writer.Key("tags").Int(counts.tags);
  writer.Key("manifests").Int(counts.manifests);
  writer.Key("manifestBytes").Int(counts.manifest_bytes);
  writer.Key("blobs").Int(counts.blobs);
  writer.Key("blobBytes").Int(counts.blob_bytes);
  writer.Key("sharedBytes").Int(counts.shared_bytes);
  writer.Key("uniqueBytes").Int(counts.blob_bytes - counts.shared_bytes);
  writer.EndObject();
}

// Those that whoever asks may list, before they are counted into pages.
Result<http::Response> ListAll(const Call& call) {
  TRY_ASSIGN(PageWanted page, ReadPage(call.request));
  std::vector<meta::Repository> shown;
  const auto wanted = static_cast<size_t>(page.n) + 1;
  for (bool more = true; more && shown.size() < wanted;) {
    TRY_ASSIGN(auto found,
               call.services.listings.RepositoryDetails(call.account, page.last, PageWanted::kMax));
    more = found.more;
    for (meta::Repository& repository : found.items) {
      page.last = repository.name;
      if (shown.size() == wanted) break;
      TRY_ASSIGN(const bool may,
                 call.services.may(call.request, iam::Action::kRepositoryList,
                                   iam::Resource::Repository(call.account, repository.name)));
      if (may) shown.push_back(std::move(repository));
    }
  }
  return PageAnswer("repositories", shown, page.n, WriteRepository);
}

constexpr Row kRows[] = {
    {http::Method::kGet, "/repositories", "admin_repositories", "account:Catalog", ListAll},
};

}  // namespace

std::span<const Row> RepositoryRows() { return kRows; }

}  // namespace gantry::api::admin
