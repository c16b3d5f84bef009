#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "iam/principal.h"
#include "iam/resource.h"
#include "iam/statement.h"

namespace gantry::iam {

// Finds the few statements of many that may say something about a principal and a resource. A
// statement is filed under what it names exactly: principals (one, a group, or everybody of an
// account) times resources (a repository or a project); what it names by wildcard is filed under
// "any". Threads: const methods from any.
class PolicyIndex {
 public:
  // Files a statement under a number of the caller's.
  void Add(uint32_t number, const Statement& statement);

  // Calls visit(number) for every statement that names the principal and the resource, and for some
  // others; some perhaps twice. Ends early when visit returns false.
  template <typename Visit>
  void ForEach(const Principal& principal, const Resource& resource, const Visit& visit) const {
    Ids principals;
    Ids resources;
    FindPrincipals(principal, principals);
    FindResources(resource, resources);
    for (const uint32_t principal_id : principals) {
      for (const uint32_t resource_id : resources) {
        const auto found = buckets_.find(Key(principal_id, resource_id));
        if (found == buckets_.end()) continue;
        for (const uint32_t number : found->second) {
          if (!visit(number)) return;
        }
      }
    }
  }

 private:
  static constexpr uint32_t kAny = 0;
  using Ids = std::vector<uint32_t>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Names = std::unordered_map<std::string, uint32_t, Hash, std::equal_to<>>;

  static uint64_t Key(uint32_t principal_id, uint32_t resource_id) {
    return uint64_t{principal_id} << 32 | resource_id;
  }
  static uint32_t Intern(Names& names, std::string name);
  static void Unique(Ids& ids);
  uint32_t IdOf(const PrincipalPattern& pattern);
  uint32_t IdOf(const ResourcePattern& pattern);
  void FindPrincipals(const Principal& principal, Ids& ids) const;
  void FindResources(const Resource& resource, Ids& ids) const;

  Names principals_;
  Names resources_;
  std::unordered_map<uint64_t, Ids> buckets_;
};

}  // namespace gantry::iam
