#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gantry::audit {

enum class Outcome : uint8_t { kOk, kDenied, kFailed };

// "ok", "denied", "failed".
std::string_view OutcomeName(Outcome outcome);

// Longer texts are cut at that many bytes; they end with "..." then.
inline constexpr size_t kFieldBytesMax = 1024;
inline constexpr size_t kDetailBytesMax = 4096;

// Something that happened: who did what to what, from where, and how it went. Texts are kept as the
// bytes they are; "" is "does not apply". T is std::string (owned) or std::string_view (borrowed).
template <typename T>
struct RecordOf {
  Time time;
  Outcome outcome = Outcome::kOk;
  uint16_t status = 0;  // of HTTP; 0: none

  T action;      // "push", "pull", "delete", "restore", "login", "token", "policy", "config" ...
  T account;     // 12-digit id
  T principal;   // "user:alice", "robot:ci", "anonymous"
  T credential;  // id of the password, access key or trust; never the secret
  T token;       // id of the token
  T peer;        // address without port
  T user_agent;
  T repository;
  T tag;
  T digest;  // "sha256:..."
  T request_id;
  T detail;  // a short JSON value
};
using Record = RecordOf<std::string>;
using RecordView = RecordOf<std::string_view>;

// The texts of a record by number, as the encodings and the index count them.
enum class Field : uint8_t {
  kAction,
  kAccount,
  kPrincipal,
  kCredential,
  kToken,
  kPeer,
  kUserAgent,
  kRepository,
  kTag,
  kDigest,
  kRequestId,
  kDetail,
};
inline constexpr size_t kFieldCount = 12;

template <typename T>
std::array<const T*, kFieldCount> TextsOf(const RecordOf<T>& r) {
  return {&r.action,     &r.account,    &r.principal, &r.credential, &r.token,      &r.peer,
          &r.user_agent, &r.repository, &r.tag,       &r.digest,     &r.request_id, &r.detail};
}
template <typename T>
std::array<T*, kFieldCount> TextsOf(RecordOf<T>& r) {
  return {&r.action,     &r.account,    &r.principal, &r.credential, &r.token,      &r.peer,
          &r.user_agent, &r.repository, &r.tag,       &r.digest,     &r.request_id, &r.detail};
}

// Borrows from `record`.
RecordView ViewOf(const Record& record);

// A record and its place in the log: sequences begin with 1 and have no gaps.
struct Entry {
  uint64_t sequence = 0;
  Record record;
};

// Appends the entry as one JSON object without a line break: {"sequence":1,"time":"...",...};
// absent texts are left out, and `detail` is a JSON value if it is one, else a string.
void AppendJson(const Entry& entry, std::string& out);

}  // namespace gantry::audit
