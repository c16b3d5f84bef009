#include "auth/lockout.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace gantry::auth {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int kDoublingsMax = 30;

std::string UserKey(const iam::AccountId& account, std::string_view user) {
  std::string key(account.text());
  key += '/';
  for (const char c : user) key += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return key;
}

}  // namespace

Result<void> Lockout::Check(const iam::AccountId& account, std::string_view user,
                            std::string_view peer) {
  Time until;
  {
    MutexLock lock(mutex_);
    until = std::max(LockedUntil(users_, UserKey(account, user)),
                     LockedUntil(peers_, std::string(peer)));
  }
  const Duration left = until - clock_.Now();
  if (left.micros <= 0) return Ok();
  const int64_t seconds = (left.micros + kMicrosPerSecond - 1) / kMicrosPerSecond;
  return Error(Code::kResourceExhausted, "locked_out",
               "too many logins have failed; try again in " + std::to_string(seconds) + " seconds")
      .With("retry_after_seconds", std::to_string(seconds));
}

void Lockout::Failed(const iam::AccountId& account, std::string_view user, std::string_view peer) {
  MutexLock lock(mutex_);
  Count(users_, UserKey(account, user), options_.free_failures_user);
  Count(peers_, std::string(peer), options_.free_failures_peer);
}

void Lockout::Succeeded(const iam::AccountId& account, std::string_view user) {
  MutexLock lock(mutex_);
  users_.erase(UserKey(account, user));
}

Time Lockout::LockedUntil(const Entries& entries, const std::string& key) const {
  const auto found = entries.find(key);
  return found == entries.end() ? Time{} : found->second.locked_until;
}

void Lockout::Count(Entries& entries, const std::string& key, int free_failures) const {
  const Time now = clock_.Now();
  if (entries.size() >= options_.entries_max && entries.count(key) == 0) MakeRoom(entries);
  Entry& entry = entries[key];
  if (now - entry.last >= options_.forget_after) entry.failures = 0;
  entry.failures += 1;
  entry.last = now;
  const int over = entry.failures - free_failures;
  if (over <= 0) return;
  const int doublings = std::min(over - 1, kDoublingsMax);
  const Duration lock{
      std::min(options_.first_lock.micros << doublings, options_.longest_lock.micros)};
  entry.locked_until = now + lock;
}

// Forgets what has faded; when that is less than a tenth, the tenth that failed longest ago.
void Lockout::MakeRoom(Entries& entries) const {
  const Time now = clock_.Now();
  const size_t wanted = options_.entries_max - options_.entries_max / 10;
  std::erase_if(
      entries, [&](const auto& entry) { return now - entry.second.last >= options_.forget_after; });
  if (entries.size() <= wanted) return;
  std::vector<Time> times;
  times.reserve(entries.size());
  for (const auto& [key, entry] : entries) times.push_back(entry.last);
  const auto nth = times.begin() + static_cast<std::ptrdiff_t>(entries.size() - wanted);
  std::nth_element(times.begin(), nth, times.end());
  const Time cut = *nth;
  size_t excess = entries.size() - wanted;
  std::erase_if(entries, [&](const auto& entry) {
    if (entry.second.last > cut || excess == 0) return false;
    excess -= 1;
    return true;
  });
}

}  // namespace gantry::auth
