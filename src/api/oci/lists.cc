#include <optional>
#include <string>
#include <utility>

#include "api/oci/handlers.h"
#include "api/oci/request.h"
#include "base/encoding.h"
#include "json/writer.h"
#include "oci/manifest.h"
#include "oci/referrers.h"

namespace gantry::api::oci {
namespace {

namespace spec = ::gantry::oci;

constexpr int64_t kPageDefault = 1000;
constexpr int64_t kPageMax = 10'000;
constexpr int64_t kCatalogStep = 256;  // names looked at together
constexpr int64_t kCatalogLookedAtMax = 10'000;

// What `n` must say on the next page: nothing when the client did not say it.
std::string PageParameter(const http::Request& request) { return request.Query("n").value_or(""); }

std::string NamesBody(std::string_view first_key, std::string_view first_value,
                      std::string_view list_key, const std::vector<std::string>& names) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject();
  if (!first_key.empty()) writer.Key(first_key).String(first_value);
  writer.Key(list_key).BeginArray();
  for (const auto& name : names) writer.String(name);
  writer.EndArray().EndObject();
  return body;
}

Result<http::Response> TagNames(const Services& services, const http::Request& request,
                                const meta::RepositoryKey& repository) {
  TRY_ASSIGN(const auto page, PageOf(request, kPageDefault, kPageMax));
  TRY_ASSIGN(const auto tags, services.listings.TagNames(repository, page.last, page.limit));
  http::Response response = JsonResponse(NamesBody("name", repository.name(), "tags", tags.items));
  if (tags.more && !tags.items.empty()) {
    AddNextLink(response, request, {{"n", PageParameter(request)}, {"last", tags.items.back()}});
  }
  return response;
}

// The extension of docs/user/api-oci.md: sort, order, filter, details.
struct TagExtension {
  std::string sort, order, filter, details, last_time;
  bool used() const { return !(sort + order + filter + details).empty(); }
};

TagExtension ReadTagExtension(const http::Request& request) {
  const auto read = [&](std::string_view key) { return request.Query(key).value_or(""); };
  return {read("sort"), read("order"), read("filter"), read("details"), read("last_time")};
}

Result<core::TagQuery> TagQueryOf(const http::Request& request, const TagExtension& extension) {
  TRY_ASSIGN(const auto page, PageOf(request, kPageDefault, kPageMax));
  core::TagQuery query;
  query.glob = extension.filter;
  query.page.limit = page.limit;
  if (extension.sort == "time") {
    query.page.order = meta::TagOrder::kTime;
  } else if (!extension.sort.empty() && extension.sort != "name") {
    return InvalidArgument("page_invalid",
                           "sort must be \"name\" or \"time\", not \"" + extension.sort + "\"");
  }
  if (extension.order == "desc") {
    query.page.descending = true;
  } else if (!extension.order.empty() && extension.order != "asc") {
    return InvalidArgument("page_invalid",
                           "order must be \"asc\" or \"desc\", not \"" + extension.order + "\"");
  }
  if (page.last.empty()) return query;
  query.page.after_name = page.last;
  const auto after_time = ParseDecimal(extension.last_time);
  if (query.page.order == meta::TagOrder::kTime && !after_time) {
    return InvalidArgument("page_invalid",
                           "a page sorted by time is continued with the Link of the page before");
  }
  query.page.after_time = Time{after_time.value_or(0)};
  return query;
}

std::string TagListingsBody(const meta::RepositoryKey& repository,
                            const std::vector<meta::TagListing>& tags) {
  std::string body;
  json::Writer writer(body);
  writer.BeginObject().Key("name").String(repository.name());
  writer.Key("tags").BeginArray();
  for (const auto& tag : tags) writer.String(tag.name);
  writer.EndArray().Key("details").BeginArray();
  for (const auto& tag : tags) {
    writer.BeginObject();
    writer.Key("tag").String(tag.name).Key("digest").String(tag.digest);
    writer.Key("mediaType").String(tag.media_type).Key("size").Int(tag.size);
    writer.Key("created").String(FormatTime(tag.created_at));
    writer.Key("updated").String(FormatTime(tag.updated_at));
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return body;
}

Result<http::Response> Tags(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  const TagExtension extension = ReadTagExtension(request);
  if (!extension.used()) return TagNames(services, request, repository);
  TRY_ASSIGN(const auto query, TagQueryOf(request, extension));
  TRY_ASSIGN(const auto tags, services.listings.Tags(repository, query));
  http::Response response = JsonResponse(TagListingsBody(repository, tags.items));
  if (tags.next && query.page.limit > 0) {
    const std::string last_time = query.page.order == meta::TagOrder::kTime
                                      ? std::to_string(tags.next->updated_at.micros)
                                      : "";
    AddNextLink(response, request,
                {{"n", PageParameter(request)},
                 {"sort", extension.sort},
                 {"order", extension.order},
                 {"filter", extension.filter},
                 {"details", extension.details},
                 {"last", tags.next->name},
                 {"last_time", last_time}});
  }
  return response;
}

struct VisiblePage {
  std::vector<std::string> items;
  std::string next;  // the name after which the next page begins; "": this was the last one
};

// The names that whoever asks may know: all with the right to the catalog, else those of
// repositories that he may list. A page ends early after kCatalogLookedAtMax names, so that looking
// for few among many is bounded; it may be empty then and have a next page.
Result<VisiblePage> VisibleNames(const Services& services, const http::Request& request,
                                 const iam::AccountId& account, const PageRequest& page) {
  TRY_ASSIGN(const bool all,
             services.may(request, iam::Action::kAccountCatalog, iam::Resource::Account(account)));
  VisiblePage visible;
  if (page.limit == 0) return visible;
  std::string last = page.last;
  int64_t looked_at = 0;
  for (;;) {
    const int64_t wanted = page.limit - static_cast<int64_t>(visible.items.size());
    const int64_t limit = all ? wanted : std::max(wanted, kCatalogStep);
    TRY_ASSIGN(const auto names, services.listings.Repositories(account, last, limit));
    for (const std::string& name : names.items) {
      bool may = all;
      if (!all) {
        TRY_ASSIGN(may, services.may(request, iam::Action::kRepositoryList,
                                     iam::Resource::Repository(account, name)));
      }
      last = name;
      if (!may) continue;
      if (static_cast<int64_t>(visible.items.size()) == page.limit) {
        visible.next = visible.items.back();
        return visible;
      }
      visible.items.push_back(name);
    }
    looked_at += static_cast<int64_t>(names.items.size());
    if (!names.more || names.items.empty()) return visible;
    if ((all && static_cast<int64_t>(visible.items.size()) >= page.limit) ||
        looked_at >= kCatalogLookedAtMax) {
      visible.next = last;
      return visible;
    }
  }
}

Result<http::Response> Catalog(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto account, AccountOf(request));
  TRY_ASSIGN(const auto page, PageOf(request, kPageDefault, kPageMax));
  TRY_ASSIGN(const auto names, VisibleNames(services, request, account, page));
  http::Response response = JsonResponse(NamesBody("", "", "repositories", names.items));
  if (!names.next.empty()) {
    AddNextLink(response, request, {{"n", PageParameter(request)}, {"last", names.next}});
  }
  return response;
}

Result<http::Response> Referrers(const Services& services, const http::Request& request) {
  TRY_ASSIGN(const auto repository, RepositoryOf(request));
  TRY_ASSIGN(const auto subject, DigestOf(request));
  TRY_ASSIGN(const auto page, PageOf(request, kPageDefault, kPageMax));
  const std::string type = request.Query("artifactType").value_or("");
  TRY_ASSIGN(const auto rows,
             services.listings.Referrers(repository, subject, type, page.last, page.limit));
  std::vector<spec::ReferrerEntry> entries;
  entries.reserve(rows.items.size());
  for (const auto& row : rows.items) {
    entries.push_back({row.media_type, row.digest, row.size, row.artifact_type, row.annotations});
  }
  http::Response response = JsonResponse(spec::RenderReferrers(entries), spec::kImageIndex);
  if (!type.empty()) response.Add("OCI-Filters-Applied", "artifactType");
  if (rows.more && !rows.items.empty()) {
    AddNextLink(response, request,
                {{"n", PageParameter(request)},
                 {"artifactType", type},
                 {"last", rows.items.back().digest}});
  }
  return response;
}

http::Route GetRoute(const char* pattern, const char* name, const char* action) {
  http::Route route;
  route.pattern = pattern;
  route.name = name;
  route.action = action;
  return route;
}

}  // namespace

std::vector<http::Route> ListRoutes(const Services& services) {
  std::vector<http::Route> routes;
  routes.push_back(GetRoute("/v2/{name...}/tags/list", "tags", "repository:List"));
  routes.back().handler = Handle([services](auto& request) { return Tags(services, request); });
  routes.push_back(GetRoute("/v2/_catalog", "catalog", "authenticated"));
  routes.back().handler = Handle([services](auto& request) { return Catalog(services, request); });
  routes.push_back(GetRoute("/v2/{name...}/referrers/{digest}", "referrers", "repository:List"));
  routes.back().handler =
      Handle([services](auto& request) { return Referrers(services, request); });
  return routes;
}

}  // namespace gantry::api::oci
