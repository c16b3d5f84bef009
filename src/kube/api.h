#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "httpc/client.h"
#include "json/document.h"
#include "kube/workload.h"

namespace gantry::kube {

// The Kubernetes API of one cluster, as far as the reporter needs it: lists and watches over all
// namespaces. Errors besides those of httpc::Client::Send: out_of_range/kube_gone (410: the version
// is too old, or the list has changed too much; begin again), permission_denied/kube_forbidden,
// unauthenticated/kube_unauthorized, unavailable/kube_failed (any other status, with the server's
// sentence), cancelled/request_cancelled, and those of the callbacks.
// Threads: all methods from any thread.
class Api {
 public:
  // Gives the bearer token of each request, "" for none; called for each, since tokens are renewed.
  using Token = std::function<Result<std::string>()>;

  // `url` as "https://10.0.0.1:443", without a slash at the end. `client` outlives this.
  // `is_cancelled`: as in httpc::Request.
  Api(httpc::Client& client, std::string url, Token token, std::function<bool()> is_cancelled)
      : client_(client),
        url_(std::move(url)),
        token_(std::move(token)),
        is_cancelled_(std::move(is_cancelled)) {}

  // All objects, in pages of 500. Returns the version from which to watch.
  using OnObject = std::function<Result<void>(json::Value object)>;
  Result<std::string> List(const Resource& resource, const OnObject& on_object) const;

  enum class Change { kPut, kRemove };
  using OnChange = std::function<Result<void>(Change change, json::Value object)>;
  // What changes after `version`, until the server ends the watch after about `seconds`, which is
  // no error. `version` moves on with each change and bookmark, also when an error follows.
  // `on_open`: called once when the server has begun to answer.
  Result<void> Watch(const Resource& resource, int64_t seconds, std::string& version,
                     const std::function<void()>& on_open, const OnChange& on_change) const;

 private:
  Result<httpc::Request> MakeRequest(const Resource& resource, const std::string& query) const;
  // One page. Returns what follows the items: {"metadata":{…}}.
  Result<std::string> ListPage(const Resource& resource, const std::string& query,
                               const OnObject& on_object) const;

  httpc::Client& client_;
  const std::string url_;
  const Token token_;
  const std::function<bool()> is_cancelled_;
};

}  // namespace gantry::kube
