#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kube/image.h"
#include "kube/workload.h"

// What a cluster says to the registry: one pin a digest and repository, with the reason for people.
namespace gantry::kube {

struct PinKey {
  oci::RepositoryName repository;
  oci::Digest digest;

  auto operator<=>(const PinKey&) const = default;
};

struct PinText {
  std::string reason;  // "running in cluster prod, namespace shop, 3 pods"
  std::string detail;  // JSON, see MakePinText

  bool operator==(const PinText&) const = default;
};

using PinSet = std::map<PinKey, PinText>;

struct PinChanges {
  PinSet puts;  // new, or with another text
  std::vector<PinKey> removes;

  bool empty() const { return puts.empty() && removes.empty(); }
};

// What makes `wanted` of `sent`.
PinChanges Difference(const PinSet& sent, const PinSet& wanted);
// Whether both name the same digests, whatever the texts say.
bool SameKeys(const PinSet& a, const PinSet& b);

// One owner's need of one image.
struct Use {
  Owner owner;
  Role role = Role::kTemplate;
  int64_t pods = 0;  // that run it
};

// The text of a pin that has these uses (at least one). The detail:
// {"cluster":"prod","namespace":"shop","workload":"deployment/api","pods":3,
//  "uses":[{"namespace":"shop","workload":"deployment/api","role":"running","pods":3}],
//  "uses_total":1}
// with at most five of the uses, those with the most pods first; namespace, workload and pods are
// of the first, and `pods` (left out for none) counts all of its namespace.
PinText MakePinText(const std::string& cluster, std::vector<Use> uses);

}  // namespace gantry::kube
