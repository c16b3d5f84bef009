#include "core/pulls.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <vector>

#include "meta/account_documents.h"
#include "meta/images.h"
#include "meta/pins.h"
#include "meta/repositories.h"
#include "meta/repository_key.h"

namespace gantry::core {
namespace {

constexpr size_t kBatch = 500;
constexpr int64_t kExclusionsMax = 1000;
constexpr Duration kPinRenewal = Hours(24);  // a pin is written again when so much of it has gone

bool IsMachine(const iam::Principal& principal) {
  return principal.kind == iam::PrincipalKind::kNode ||
         principal.kind == iam::PrincipalKind::kWorkload;
}

}  // namespace

void Pulls::Note(std::string_view key, std::string_view digest, const iam::Principal& principal) {
  if (IsExcluded(principal)) return;
  const bool is_pin = node_pin_period_.micros > 0 && IsMachine(principal);
  const std::string puller = is_pin ? principal.Text() : std::string();
  const PullView pull{key, digest, puller};
  Shard& shard = shards_[Hash{}(pull) >> 7 & (kShards - 1)];
  MutexLock lock(shard.mutex);
  if (shard.noted.find(pull) != shard.noted.end() || shard.noted.size() >= kNotedMax) return;
  shard.noted.insert(Pull{std::string(key), std::string(digest), puller});
}

bool Pulls::IsExcluded(const iam::Principal& principal) const {
  const auto exclusions = std::atomic_load_explicit(&exclusions_, std::memory_order_acquire);
  if (exclusions == nullptr) return false;
  const auto account = exclusions->find(principal.account.text());
  return account != exclusions->end() && account->second.count(principal.Arn()) != 0;
}

Result<int64_t> Pulls::Flush() {
  std::vector<Pull> pulls;
  std::set<std::string, std::less<>> accounts;
  for (Shard& shard : shards_) {
    Noted noted;
    {
      MutexLock lock(shard.mutex);
      noted.swap(shard.noted);
    }
    while (!noted.empty()) pulls.push_back(std::move(noted.extract(noted.begin()).value()));
  }
  std::sort(pulls.begin(), pulls.end(), [](const Pull& a, const Pull& b) { return a.key < b.key; });
  for (const Pull& pull : pulls) accounts.emplace(meta::AccountOfKey(pull.key));
  TRY(ReadExclusions(accounts));
  int64_t written = 0;
  for (size_t i = 0; i < pulls.size(); i += kBatch) {
    const auto begin = pulls.begin() + static_cast<std::ptrdiff_t>(i);
    const auto end =
        pulls.begin() + static_cast<std::ptrdiff_t>(std::min(i + kBatch, pulls.size()));
    TRY(WritePulls({begin, end}, written));
  }
  return written;
}

Result<void> Pulls::WritePulls(const std::vector<Pull>& pulls, int64_t& written) {
  const Time now = store_.clock.Now();
  int64_t noted = 0;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    noted = 0;
    std::optional<meta::RepositoryId> repository;
    std::string_view key;
    for (const Pull& pull : pulls) {
      if (pull.key != key) {
        TRY_ASSIGN(const auto parsed, meta::RepositoryKey::Parse(pull.key));
        TRY_ASSIGN(repository, meta::FindRepositoryId(tx, parsed));
        key = pull.key;
      }
      if (!repository) continue;
      TRY_ASSIGN(const bool is_new, meta::NotePull(tx, *repository, pull.digest, now));
      noted += is_new ? 1 : 0;
      if (!pull.puller.empty()) TRY(WritePin(tx, pull, now));
    }
    return Ok();
  }));
  written += noted;
  return Ok();
}

Result<void> Pulls::WritePin(db::Tx& tx, const Pull& pull, Time now) {
  TRY_ASSIGN(const auto account, iam::AccountId::Parse(meta::AccountOfKey(pull.key)));
  meta::Pin pin;
  pin.digest = pull.digest;
  pin.repository = meta::NameOfKey(pull.key);
  pin.source = pull.puller;
  pin.reason = "pulled by " + pull.puller;
  pin.created_at = now;
  pin.expires_at = now + node_pin_period_;
  TRY_ASSIGN(const auto pins, meta::PinsOf(tx, account, pin.digest, pin.repository, now));
  for (const meta::Pin& other : pins) {
    if (other.source == pin.source && other.expires_at + kPinRenewal > pin.expires_at) return Ok();
  }
  TRY(meta::PutPin(tx, store_.ids, account, pin));
  return Ok();
}

Result<void> Pulls::ReadExclusions(const std::set<std::string, std::less<>>& accounts) {
  const auto before = std::atomic_load_explicit(&exclusions_, std::memory_order_acquire);
  // Accounts whose pulls are all excluded note none: they are asked for, too.
  std::set<std::string, std::less<>> asked = accounts;
  if (before != nullptr) {
    for (const auto& [account, arns] : *before) asked.insert(account);
  }
  Exclusions exclusions;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    exclusions.clear();
    for (const std::string& text : asked) {
      TRY_ASSIGN(const auto account, iam::AccountId::Parse(text));
      TRY_ASSIGN(const auto found, meta::ListAccountDocuments(tx, account, kPullExclusionKind,
                                                              std::nullopt, kExclusionsMax));
      for (const auto& document : found) exclusions[text].insert(document.name);
    }
    return Ok();
  }));
  std::shared_ptr<const Exclusions> fresh;
  if (!exclusions.empty()) fresh = std::make_shared<const Exclusions>(std::move(exclusions));
  std::atomic_store_explicit(&exclusions_, std::move(fresh), std::memory_order_release);
  return Ok();
}

}  // namespace gantry::core
