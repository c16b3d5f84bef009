#include "core/pins.h"

#include <map>
#include <tuple>
#include <utility>

#include "json/document.h"
#include "meta/images.h"

namespace gantry::core {
namespace {

constexpr size_t kSourceBytesMax = 256;
constexpr size_t kReasonBytesMax = 1024;
constexpr size_t kDetailBytesMax = 8192;
constexpr int64_t kExpireBatch = 1000;
constexpr std::string_view kKubePrefix = "kube:";

Result<void> CheckPin(const meta::Pin& pin) {
  const auto refuse = [](std::string what) {
    return InvalidArgument("pin_invalid", std::move(what));
  };
  if (pin.source.empty() || pin.source.size() > kSourceBytesMax)
    return refuse("the source of a pin has a name of 1 to 256 bytes, not \"" + pin.source + "\"");
  if (pin.reason.size() > kReasonBytesMax)
    return refuse("the reason of a pin has 1024 bytes at most");
  if (pin.detail.size() > kDetailBytesMax)
    return refuse("the detail of a pin has 8192 bytes at most");
  TRY(oci::Digest::Parse(pin.digest));
  const auto detail = json::Document::Parse(pin.detail);
  if (!detail.ok() || !detail->root().IsObject())
    return refuse("the detail of a pin is a JSON object");
  return Ok();
}

Error SourceUnknown(const std::string& name) {
  return NotFound("pin_source_unknown", "there is no source of pins \"" + name + "\"")
      .With("source", name);
}

Result<void> See(db::Tx& tx, const iam::AccountId& account, const std::string& source, Time now) {
  TRY_ASSIGN(const bool seen, meta::SeePinSource(tx, account, source, now));
  if (!seen) return SourceUnknown(source);
  return Ok();
}

using Place = std::pair<std::string, std::string>;  // digest, repository
Place PlaceOf(const meta::Pin& pin) { return {pin.digest, pin.repository}; }

bool SaysTheSame(const meta::Pin& a, const meta::Pin& b) {
  return std::tie(a.reason, a.detail, a.expires_at) == std::tie(b.reason, b.detail, b.expires_at);
}

Result<void> PutChanged(db::Tx& tx, const Store& store, const iam::AccountId& account,
                        const std::vector<meta::Pin>& pins,
                        const std::map<Place, meta::Pin>& stored, Pins::Changes& changes) {
  for (const meta::Pin& pin : pins) {
    const auto before = stored.find(PlaceOf(pin));
    if (before != stored.end() && SaysTheSame(before->second, pin)) continue;
    TRY(meta::PutPin(tx, store.ids, account, pin));
    (before == stored.end() ? changes.added : changes.changed) += 1;
  }
  return Ok();
}

Result<std::map<Place, meta::Pin>> StoredOf(db::Tx& tx, const iam::AccountId& account,
                                            const std::string& source) {
  TRY_ASSIGN(auto pins, meta::PinsOfSource(tx, account, source));
  std::map<Place, meta::Pin> stored;
  for (auto& pin : pins) {
    Place place = PlaceOf(pin);
    stored.emplace(std::move(place), std::move(pin));
  }
  return stored;
}

Result<void> Prepare(std::vector<meta::Pin>& pins, const std::string& source, Time now) {
  for (meta::Pin& pin : pins) {
    pin.source = source;
    pin.created_at = now;
    TRY(CheckPin(pin));
  }
  return Ok();
}

std::string TextOf(json::Value object, std::string_view key) {
  const json::Value value = object.Find(key);
  return value ? std::string(value.String().value_or("")) : "";
}

Error Pinned(const std::string& what, const meta::Pin& pin) {
  return Error(Code::kFailedPrecondition, "image_pinned",
               what + " is kept: " + WhyPinned(pin) + "; use force to delete it all the same")
      .With("digest", pin.digest)
      .With("source", pin.source)
      .With("pin", std::to_string(pin.id.value));
}

}  // namespace

std::string WhyPinned(const meta::Pin& pin) {
  const auto detail = json::Document::Parse(pin.detail);
  if (pin.source.starts_with(kKubePrefix) && detail.ok() && detail->root().IsObject()) {
    std::string why = "running in cluster " + pin.source.substr(kKubePrefix.size());
    const std::string space = TextOf(detail->root(), "namespace");
    if (!space.empty()) why += ", namespace " + space;
    const json::Value pods = detail->root().Find("pods");
    const auto count = pods ? pods.Int() : std::nullopt;
    if (!count && !pin.reason.empty()) return pin.reason;  // a template, or what to go back to
    if (count) why += ", " + std::to_string(*count) + (*count == 1 ? " pod" : " pods");
    return why;
  }
  return "pinned by " + pin.source + (pin.reason.empty() ? "" : ", " + pin.reason);
}

Result<meta::Pin> Pins::Put(const iam::AccountId& account, const meta::Pin& pin) {
  TRY(CheckPin(pin));
  meta::Pin stored = pin;
  stored.created_at = store_.clock.Now();
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(stored.id, meta::PutPin(tx, store_.ids, account, stored));
    return Ok();
  }));
  return stored;
}

Result<meta::Pin> Pins::Remove(const iam::AccountId& account, meta::PinId id) {
  std::optional<meta::Pin> pin;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(pin, meta::FindPin(tx, account, id));
    if (!pin) {
      return NotFound("pin_unknown", "there is no pin " + std::to_string(id.value))
          .With("id", std::to_string(id.value));
    }
    TRY(meta::DeletePin(tx, account, id));
    return Ok();
  }));
  return *std::move(pin);
}

Result<Page<meta::Pin>> Pins::List(const iam::AccountId& account, const meta::PinFilter& filter,
                                   int64_t limit) {
  Page<meta::Pin> page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(page.items, meta::ListPins(tx, account, filter, limit + 1));
    return Ok();
  }));
  page.more = static_cast<int64_t>(page.items.size()) > limit;
  if (page.more) page.items.pop_back();
  return page;
}

Result<void> Pins::PutSource(const iam::AccountId& account, const meta::PinSource& source) {
  if (source.name.empty() || source.name.size() > kSourceBytesMax) {
    return InvalidArgument("pin_invalid", "a source of pins has a name of 1 to 256 bytes, not \"" +
                                              source.name + "\"");
  }
  const Time now = store_.clock.Now();
  meta::PinSource stored = source;
  stored.last_seen_at = now;
  stored.created_at = now;
  return store_.db.Write([&](db::Tx& tx) { return meta::PutPinSource(tx, account, stored); });
}

Result<void> Pins::RemoveSource(const iam::AccountId& account, const std::string& name) {
  return store_.db.Write([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(const bool removed, meta::DeletePinSource(tx, account, name));
    if (!removed) return SourceUnknown(name);
    return Ok();
  });
}

Result<Page<meta::PinSource>> Pins::Sources(const iam::AccountId& account, const std::string& after,
                                            int64_t limit) {
  Page<meta::PinSource> page;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(page.items, meta::ListPinSources(tx, account, after, limit + 1));
    return Ok();
  }));
  page.more = static_cast<int64_t>(page.items.size()) > limit;
  if (page.more) page.items.pop_back();
  return page;
}

Result<void> Pins::Heartbeat(const iam::AccountId& account, const std::string& source) {
  const Time now = store_.clock.Now();
  return store_.db.Write([&](db::Tx& tx) { return See(tx, account, source, now); });
}

Result<Pins::Changes> Pins::ReplaceState(const iam::AccountId& account, const std::string& source,
                                         std::vector<meta::Pin> pins) {
  const Time now = store_.clock.Now();
  TRY(Prepare(pins, source, now));
  Changes changes;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    changes = {};
    TRY(See(tx, account, source, now));
    TRY_ASSIGN(auto stored, StoredOf(tx, account, source));
    TRY(PutChanged(tx, store_, account, pins, stored, changes));
    for (const meta::Pin& pin : pins) stored.erase(PlaceOf(pin));
    for (const auto& [place, gone] : stored) TRY(meta::DeletePin(tx, account, gone.id));
    changes.removed = static_cast<int64_t>(stored.size());
    return Ok();
  }));
  return changes;
}

Result<Pins::Changes> Pins::ApplyChanges(const iam::AccountId& account, const std::string& source,
                                         std::vector<meta::Pin> added,
                                         const std::vector<meta::Pin>& removed) {
  const Time now = store_.clock.Now();
  TRY(Prepare(added, source, now));
  Changes changes;
  TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
    changes = {};
    TRY(See(tx, account, source, now));
    for (const meta::Pin& pin : removed) {
      TRY_ASSIGN(const bool found,
                 meta::DeletePinOfSource(tx, account, source, pin.digest, pin.repository));
      changes.removed += found ? 1 : 0;
    }
    for (const meta::Pin& pin : added) TRY(meta::PutPin(tx, store_.ids, account, pin));
    changes.added = static_cast<int64_t>(added.size());
    return Ok();
  }));
  return changes;
}

Result<std::vector<meta::SilentSource>> Pins::Sweep() {
  const Time now = store_.clock.Now();
  for (int64_t deleted = kExpireBatch; deleted == kExpireBatch;) {
    TRY(store_.db.Write([&](db::Tx& tx) -> Result<void> {
      TRY_ASSIGN(deleted, meta::DeleteExpiredPins(tx, now, kExpireBatch));
      return Ok();
    }));
  }
  std::vector<meta::SilentSource> silent;
  TRY(store_.db.Read([&](db::Tx& tx) -> Result<void> {
    TRY_ASSIGN(silent, meta::ListSilentSources(tx, now));
    return Ok();
  }));
  return silent;
}

Result<std::optional<meta::Pin>> FindProtection(db::Tx& tx, const meta::RepositoryKey& key,
                                                meta::RepositoryId repository,
                                                const std::string& digest, Time now) {
  const std::optional<meta::Pin> none;
  const iam::AccountId account = key.account_id();
  TRY_ASSIGN(const bool any, meta::AnyPin(tx, account));
  if (!any) return none;
  TRY_ASSIGN(const auto unit, meta::DigestsOfUnit(tx, repository, digest));
  for (const std::string& member : unit) {
    TRY_ASSIGN(auto pins, meta::PinsOf(tx, account, member, std::string(key.name()), now));
    if (!pins.empty()) return std::optional(std::move(pins.front()));
  }
  return none;
}

Result<void> RequireNoPin(db::Tx& tx, const meta::RepositoryKey& key, meta::RepositoryId repository,
                          const std::string& digest, Time now) {
  TRY_ASSIGN(const auto pin, FindProtection(tx, key, repository, digest, now));
  if (!pin) return Ok();
  return Pinned("image " + digest, *pin);
}

Result<void> RequireNoPinIn(db::Tx& tx, const meta::RepositoryKey& key,
                            meta::RepositoryId repository, Time now) {
  TRY_ASSIGN(const auto pin,
             meta::AnyPinIn(tx, key.account_id(), repository, std::string(key.name()), now));
  if (!pin) return Ok();
  return Pinned("image " + pin->digest + " of repository \"" + std::string(key.name()) + "\"",
                *pin);
}

}  // namespace gantry::core
