#include "kube/registry_http.h"

#include <utility>

#include "base/encoding.h"
#include "json/document.h"
#include "json/writer.h"

namespace gantry::kube {
namespace {

constexpr const char* kApi = "/api/admin/v1";
constexpr size_t kBatchPins = 1000;  // about a megabyte
constexpr int64_t kPagePins = 1000;
constexpr json::Limits kPageLimits = {16 << 20, 32, 1'000'000};
constexpr const char* kManifestTypes =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

std::string TextOf(json::Value object, const char* key) {
  const json::Value found = object ? object.Find(key) : object;
  return std::string(found ? found.String().value_or("") : "");
}

// A number, or a number as text.
std::string IdOf(json::Value pin) {
  const json::Value id = pin.Find("id");
  if (!id) return "";
  const auto number = id.Int();
  return number ? std::to_string(*number) : std::string(id.String().value_or(""));
}

Error ErrorOf(const httpc::Request& request, const httpc::Response& response) {
  const auto body = json::Document::Parse(response.body);
  const json::Value error = body.ok() ? body->root().Find("error") : json::Value();
  const std::string sentence = TextOf(error, "message");
  const std::string message = request.method + " " + request.url + ": " +
                              std::to_string(response.status) + (sentence.empty() ? "" : ", ") +
                              sentence;
  if (response.status == 401 || response.status == 403)
    return Error(Code::kPermissionDenied, "registry_refused", message);
  if (response.status == 404 && TextOf(error, "reason") == "pin_source_unknown")
    return NotFound("pin_source_unknown", message);
  return Unavailable("registry_failed", message);
}

void WriteKey(json::Writer& writer, const PinKey& key) {
  writer.Key("digest").String(key.digest.text());
  writer.Key("repository").String(key.repository.text());
}

using Puts = PinSet::const_iterator;

// A body of changes; moves `put` and `remove` on by as much as fits.
std::string MakeBatch(Puts& put, const Puts& puts_end, size_t& remove, const PinChanges& changes) {
  std::string body;
  size_t count = 0;
  json::Writer writer(body);
  writer.BeginObject().Key("added").BeginArray();
  for (; put != puts_end && count < kBatchPins; ++put, ++count) {
    writer.BeginObject();
    WriteKey(writer, put->first);
    writer.Key("reason").String(put->second.reason);
    writer.Key("detail").Raw(put->second.detail.empty() ? "{}" : put->second.detail);
    writer.EndObject();
  }
  writer.EndArray().Key("removed").BeginArray();
  for (; put == puts_end && remove < changes.removes.size() && count < kBatchPins;
       ++remove, ++count) {
    writer.BeginObject();
    WriteKey(writer, changes.removes[remove]);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return body;
}

}  // namespace

Result<httpc::Response> HttpRegistry::Send(httpc::Request request) {
  request.deadline = Seconds(60);
  const httpc::Headers headers = request.headers;
  for (const bool renew : {false, true}) {
    TRY_ASSIGN(const std::string authorization, credential_(renew));
    request.headers = headers;
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    auto response = client_.Send(request);
    if (renew || !response.ok() || response->status != 401) return response;
  }
  return Internal("unreachable", "a second answer is returned");
}

Result<std::string> HttpRegistry::Ask(const std::string& method, const std::string& path,
                                      const std::string& body) {
  httpc::Request request;
  request.method = method;
  request.url = options_.url + kApi;
  if (!options_.account.empty()) request.url += "/accounts/" + PercentEncode(options_.account);
  request.url += path;
  request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
  request.body = body;
  TRY_ASSIGN(httpc::Response response, Send(request));
  if (response.status < 200 || response.status > 299) return ErrorOf(request, response);
  return std::move(response.body);
}

std::string HttpRegistry::SourcePath(const std::string& rest) const {
  return "/pin-sources/" + PercentEncode(options_.source) + rest;
}

Result<void> HttpRegistry::Announce() {
  std::string body;
  json::Writer(body)
      .BeginObject()
      .Key("kind")
      .String("kube")
      .Key("silentAfterSeconds")
      .Int(options_.silent_after.micros / 1'000'000)
      .EndObject();
  TRY(Ask("PUT", SourcePath(""), body));
  return Ok();
}

Result<std::vector<PinKey>> HttpRegistry::ListPins() {
  std::vector<PinKey> keys;
  std::string last;
  bool more = true;
  while (more) {
    TRY_ASSIGN(const std::string body, Ask("GET",
                                           "/pins?source=" + PercentEncode(options_.source) +
                                               "&n=" + std::to_string(kPagePins) + last,
                                           ""));
    TRY_ASSIGN(const json::Document page, json::Document::Parse(body, kPageLimits));
    const json::Value pins = page.root().Find("pins");
    if (!pins) return Unavailable("registry_failed", "the registry's list of pins has no \"pins\"");
    for (const json::Value pin : pins.Items()) {
      last = "&last=" + PercentEncode(IdOf(pin));
      auto digest = oci::Digest::Parse(TextOf(pin, "digest"));
      auto repository = oci::RepositoryName::Parse(TextOf(pin, "repository"));
      // A pin of another form was not set by us, and is not ours to remove.
      if (!digest.ok() || !repository.ok()) continue;
      keys.push_back({std::move(repository).value(), std::move(digest).value()});
    }
    const json::Value has_more = page.root().Find("more");
    more = has_more && has_more.Bool().value_or(false) && pins.size() > 0;
  }
  return keys;
}

Result<void> HttpRegistry::Apply(const PinChanges& changes) {
  Puts put = changes.puts.begin();
  size_t remove = 0;
  while (put != changes.puts.end() || remove < changes.removes.size())
    TRY(Ask("POST", SourcePath("/changes"), MakeBatch(put, changes.puts.end(), remove, changes)));
  return Ok();
}

Result<void> HttpRegistry::Heartbeat() {
  TRY(Ask("POST", SourcePath("/heartbeat"), ""));
  return Ok();
}

Result<std::optional<oci::Digest>> HttpRegistry::Resolve(const Image& image) {
  httpc::Request request;
  request.method = "HEAD";
  request.url = registries_.ManifestUrl(image);
  request.headers = {{"Accept", kManifestTypes}};
  TRY_ASSIGN(const httpc::Response response, Send(request));
  if (response.status == 404) return std::optional<oci::Digest>();
  if (response.status != 200) return ErrorOf(request, response);
  TRY_ASSIGN(oci::Digest digest,
             oci::Digest::Parse(response.Header("Docker-Content-Digest").value_or("")));
  return std::optional(std::move(digest));
}

}  // namespace gantry::kube
