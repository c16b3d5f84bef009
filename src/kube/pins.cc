#include "kube/pins.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "json/writer.h"

namespace gantry::kube {
namespace {

constexpr size_t kUsesShown = 5;

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kRunning:
      return "running";
    case Role::kTemplate:
      return "template";
    case Role::kRollback:
      return "rollback";
  }
  return "";
}

std::string WorkloadName(const Owner& owner) { return owner.kind + "/" + owner.name; }

bool Matters(const Use& a, const Use& b) {
  if (a.role != b.role) return a.role < b.role;
  if (a.pods != b.pods) return a.pods > b.pods;
  return a.owner < b.owner;
}

std::string Count(int64_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string ReasonOf(const std::string& cluster, const Use& first, int64_t pods,
                     size_t namespaces) {
  const std::string workload = first.owner.kind + " " + first.owner.name;
  const std::string place = "cluster " + cluster + ", namespace " + first.owner.space;
  std::string reason;
  switch (first.role) {
    case Role::kRunning:
      reason = "running in " + place + ", " + Count(pods, "pod");
      break;
    case Role::kTemplate:
      reason = "named by " + workload + " in " + place;
      break;
    case Role::kRollback:
      reason = "rollback target of " + workload + " in " + place;
      break;
  }
  if (namespaces > 1)
    reason += " and in " + Count(static_cast<int64_t>(namespaces) - 1, "more namespace");
  return reason;
}

}  // namespace

PinChanges Difference(const PinSet& sent, const PinSet& wanted) {
  PinChanges changes;
  for (const auto& [key, text] : wanted) {
    const auto old = sent.find(key);
    if (old == sent.end() || !(old->second == text)) changes.puts.emplace(key, text);
  }
  for (const auto& [key, text] : sent)
    if (wanted.count(key) == 0) changes.removes.push_back(key);
  return changes;
}

bool SameKeys(const PinSet& a, const PinSet& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

PinText MakePinText(const std::string& cluster, std::vector<Use> uses) {
  std::sort(uses.begin(), uses.end(), Matters);
  const Use& first = uses.front();
  int64_t pods = 0;
  std::set<std::string_view> namespaces;
  for (const Use& use : uses) {
    namespaces.insert(use.owner.space);
    if (use.owner.space == first.owner.space) pods += use.pods;
  }
  PinText text;
  text.reason = ReasonOf(cluster, first, pods, namespaces.size());
  json::Writer writer(text.detail);
  writer.BeginObject().Key("cluster").String(cluster);
  writer.Key("namespace").String(first.owner.space);
  writer.Key("workload").String(WorkloadName(first.owner));
  if (pods > 0) writer.Key("pods").Int(pods);
  writer.Key("uses").BeginArray();
  for (size_t i = 0; i < std::min(uses.size(), kUsesShown); ++i) {
    writer.BeginObject().Key("namespace").String(uses[i].owner.space);
    writer.Key("workload").String(WorkloadName(uses[i].owner));
    writer.Key("role").String(RoleName(uses[i].role)).Key("pods").Int(uses[i].pods).EndObject();
  }
  writer.EndArray().Key("uses_total").Int(static_cast<int64_t>(uses.size())).EndObject();
  return text;
}

}  // namespace gantry::kube
