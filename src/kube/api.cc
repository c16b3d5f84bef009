#include "kube/api.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "kube/json_stream.h"

namespace gantry::kube {
namespace {

constexpr int64_t kPageObjects = 500;
constexpr int64_t kPageSeconds = 120;
constexpr int64_t kWatchGraceSeconds = 30;
constexpr size_t kErrorBytesMax = 64 << 10;
// Field sets in metadata.managedFields are as deep as the objects that they describe.
constexpr json::Limits kObjectLimits = {kObjectBytesMax, 200, 1'000'000};

std::string_view TextOf(json::Value object, const char* key) {
  const json::Value found = object ? object.Find(key) : object;
  return found ? found.String().value_or("") : "";
}

Error ErrorOf(const std::string& what, int64_t status, std::string_view sentence) {
  const std::string message =
      what + ": " + std::to_string(status) + (sentence.empty() ? "" : ", ") + std::string(sentence);
  switch (status) {
    case 401:
      return Error(Code::kUnauthenticated, "kube_unauthorized", message);
    case 403:
      return Error(Code::kPermissionDenied, "kube_forbidden", message);
    case 410:
      return Error(Code::kOutOfRange, "kube_gone", message);
    default:
      return Unavailable("kube_failed", message);
  }
}

// The error in a Status object, which the server sends as a body and in watches.
Error ErrorOfStatus(const std::string& what, int64_t status, json::Value body) {
  const json::Value code = body ? body.Find("code") : body;
  return ErrorOf(what, code ? code.Int().value_or(status) : status, TextOf(body, "message"));
}

// Sends a request whose body is handed on while the status is 200; of another status it is an
// error.
Result<void> Stream(httpc::Client& client, httpc::Request request,
                    const std::function<void()>& on_open,
                    const std::function<Result<void>(std::string_view)>& on_body) {
  int status = 0;
  std::string refusal;
  request.on_head = [&](const httpc::ResponseHead& head) {
    status = head.status;
    if (status == 200 && on_open) on_open();
    return Ok();
  };
  request.on_body = [&](std::string_view bytes) {
    if (status == 200) return on_body(bytes);
    refusal.append(bytes.substr(0, kErrorBytesMax - std::min(refusal.size(), kErrorBytesMax)));
    return Ok();
  };
  const auto response = client.Send(request);
  if (!response.ok()) return response.error();
  if (status == 200) return Ok();
  const auto body = json::Document::Parse(refusal);
  return ErrorOfStatus("GET " + request.url, status, body.ok() ? body->root() : json::Value());
}

}  // namespace

Result<httpc::Request> Api::MakeRequest(const Resource& resource, const std::string& query) const {
  httpc::Request request;
  request.url = url_ + resource.path + "?" + query;
  request.headers = {{"Accept", "application/json"}};
  TRY_ASSIGN(const std::string token, token_());
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  request.is_cancelled = is_cancelled_;
  return request;
}

Result<std::string> Api::ListPage(const Resource& resource, const std::string& query,
                                  const OnObject& on_object) const {
  TRY_ASSIGN(httpc::Request request, MakeRequest(resource, query));
  request.deadline = Seconds(kPageSeconds);
  ListSplitter splitter([&](std::string_view item) -> Result<void> {
    TRY_ASSIGN(const json::Document object, json::Document::Parse(item, kObjectLimits));
    return on_object(object.root());
  });
  TRY(Stream(client_, std::move(request), nullptr,
             [&](std::string_view bytes) { return splitter.Add(bytes); }));
  return splitter.rest();
}

Result<std::string> Api::List(const Resource& resource, const OnObject& on_object) const {
  std::string next;
  do {
    std::string query = "limit=" + std::to_string(kPageObjects);
    if (!next.empty()) query += "&continue=" + PercentEncode(next);
    TRY_ASSIGN(const std::string rest, ListPage(resource, query, on_object));
    TRY_ASSIGN(const json::Document page, json::Document::Parse(rest));
    const json::Value metadata = page.root().Find("metadata");
    next = TextOf(metadata, "continue");
    if (!next.empty()) continue;
    std::string version(TextOf(metadata, "resourceVersion"));
    if (!version.empty()) return version;
    return Unavailable("kube_failed", "GET " + url_ + resource.path +
                                          ": the answer is no list of a Kubernetes API server");
  } while (true);
}

Result<void> Api::Watch(const Resource& resource, int64_t seconds, std::string& version,
                        const std::function<void()>& on_open, const OnChange& on_change) const {
  TRY_ASSIGN(httpc::Request request,
             MakeRequest(resource, "watch=true&allowWatchBookmarks=true&timeoutSeconds=" +
                                       std::to_string(seconds) +
                                       "&resourceVersion=" + PercentEncode(version)));
  const std::string what = "watch of " + std::string(resource.plural);
  // A watch may say nothing for as long as it runs.
  request.stall_timeout = Seconds(seconds + kWatchGraceSeconds);
  request.deadline = request.stall_timeout;
  LineSplitter splitter([&](std::string_view line) -> Result<void> {
    TRY_ASSIGN(const json::Document event, json::Document::Parse(line, kObjectLimits));
    const std::string_view type = TextOf(event.root(), "type");
    const json::Value object = event.root().Find("object");
    if (type == "ERROR") return ErrorOfStatus(what, 500, object);
    if (!object) return Ok();
    if (type == "ADDED" || type == "MODIFIED") {
      TRY(on_change(Change::kPut, object));
    } else if (type == "DELETED") {
      TRY(on_change(Change::kRemove, object));
    }
    const std::string_view seen = TextOf(object.Find("metadata"), "resourceVersion");
    if (!seen.empty()) version = seen;
    return Ok();
  });
  return Stream(client_, std::move(request), on_open,
                [&](std::string_view bytes) { return splitter.Add(bytes); });
}

}  // namespace gantry::kube
