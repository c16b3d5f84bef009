#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "httpc/client.h"
#include "kube/registry.h"

// What tests put in the place of the world.
namespace gantry::kube::testing {

// Answers requests by a script; what was asked is kept.
class FakeClient final : public httpc::Client {
 public:
  struct Answer {
    int status = 200;
    std::vector<std::string> pieces{};  // of the body
    std::optional<Error> error{};       // after the pieces
  };

  Result<httpc::Response> Send(const httpc::Request& request) override {
    asked.push_back(request);
    if (answers.empty()) return Unavailable("connect_failed", "nobody listens");
    const Answer answer = std::move(answers.front());
    answers.pop_front();
    httpc::Response response;
    response.status = answer.status;
    response.headers = headers;
    if (request.on_head) TRY(request.on_head(response));
    for (const std::string& piece : answer.pieces) {
      if (request.on_body) {
        TRY(request.on_body(piece));
      } else {
        response.body += piece;
      }
    }
    if (answer.error) return *answer.error;
    return response;
  }

  std::deque<Answer> answers;
  httpc::Headers headers;
  std::vector<httpc::Request> asked;
};

// A registry in memory.
class FakeRegistry final : public Registry {
 public:
  Result<void> Announce() override {
    TRY(Fail());
    is_known = true;
    return Ok();
  }
  Result<std::vector<PinKey>> ListPins() override {
    TRY(Fail());
    std::vector<PinKey> keys;
    for (const auto& [key, text] : pins) keys.push_back(key);
    return keys;
  }
  Result<void> Apply(const PinChanges& changes) override {
    TRY(Fail());
    if (!is_known) return NotFound("pin_source_unknown", "there is no such source");
    ++applied;
    for (const auto& [key, text] : changes.puts) pins.insert_or_assign(key, text);
    for (const PinKey& key : changes.removes) pins.erase(key);
    return Ok();
  }
  Result<void> Heartbeat() override {
    TRY(Fail());
    if (!is_known) return NotFound("pin_source_unknown", "there is no such source");
    ++heartbeats;
    return Ok();
  }
  Result<std::optional<oci::Digest>> Resolve(const Image& image) override {
    ++resolved;
    if (is_resolving_broken) return Unavailable("connect_failed", "nobody listens");
    const auto at = tags.find(image.repository.text() + ":" + image.tag->text());
    if (at == tags.end()) return std::optional<oci::Digest>();
    return std::optional(at->second);
  }

  PinSet pins;
  std::map<std::string, oci::Digest> tags;
  bool is_known = false;
  bool is_broken = false;
  bool is_resolving_broken = false;
  int applied = 0;
  int heartbeats = 0;
  int resolved = 0;

 private:
  Result<void> Fail() const {
    if (is_broken) return Unavailable("connect_failed", "nobody listens");
    return Ok();
  }
};

}  // namespace gantry::kube::testing
