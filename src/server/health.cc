#include "server/health.h"

#include <string>
#include <utility>

#include "base/json_string.h"

namespace gantry::server {
namespace {

struct Check {
  const char* name;
  bool ok;
  std::string reason;  // of a check that failed
  std::string fields;  // further members, with a leading comma
};

void AppendCheck(const Check& check, std::string& json) {
  AppendJsonString(json, check.name);
  json += check.ok ? ":{\"ok\":true" : ":{\"ok\":false";
  if (!check.reason.empty()) {
    json += ",\"reason\":";
    AppendJsonString(json, check.reason);
  }
  json += check.fields + "}";
}

// Of an error only the reason word: the sentence may name paths and hosts, and anybody may ask.
Check CheckDisk(const Result<int64_t>& free_bytes, int64_t free_bytes_min) {
  if (!free_bytes.ok()) return {"disk", false, std::string(free_bytes.error().reason()), ""};
  const bool enough = *free_bytes >= free_bytes_min;
  return {"disk", enough, enough ? "" : "too_little_free_space",
          ",\"free_bytes\":" + std::to_string(*free_bytes) +
              ",\"free_bytes_min\":" + std::to_string(free_bytes_min)};
}

Check CheckDatabase(const Result<void>& ping) {
  return {"database", ping.ok(), ping.ok() ? "" : std::string(ping.error().reason()), ""};
}

http::Response Alive() {
  http::Response response;
  response.Add("Content-Type", "text/plain; charset=utf-8").Add("Cache-Control", "no-store");
  response.body = std::string("ok\n");
  return response;
}

}  // namespace

http::Response Health::Ready() {
  const bool draining = draining_.load();
  const Check checks[] = {{"serving", !draining, draining ? "draining" : "", ""},
                          CheckDisk(probes_.free_bytes(), free_bytes_min_),
                          CheckDatabase(probes_.database())};
  bool ready = true;
  std::string list;
  for (const Check& check : checks) {
    ready = ready && check.ok;
    if (!list.empty()) list += ',';
    AppendCheck(check, list);
  }
  http::Response response;
  response.status = ready ? 200 : 503;
  response.Add("Content-Type", "application/json").Add("Cache-Control", "no-store");
  response.body =
      std::string(ready ? "{\"ready\":true" : "{\"ready\":false") + ",\"checks\":{" + list + "}}\n";
  return response;
}

std::vector<http::Route> Health::Routes() {
  std::vector<http::Route> routes;
  http::Route alive;
  alive.pattern = "/healthz";
  alive.name = "healthz";
  alive.handler = http::Handler([](http::Request&) { return Alive(); });
  // On the reactor, so that it answers although every worker is busy.
  alive.inline_handler = [](const http::Request&) { return std::optional(Alive()); };
  routes.push_back(std::move(alive));

  http::Route ready;
  ready.pattern = "/readyz";
  ready.name = "readyz";
  ready.handler = http::Handler([this](http::Request&) { return Ready(); });
  routes.push_back(std::move(ready));
  return routes;
}

}  // namespace gantry::server
