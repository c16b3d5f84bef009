#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "retention/image.h"

namespace gantry::retention {

// How the manifests of one repository hang together. An index owns its children, a subject its
// referrers; what is owned and has no tag (children), or refers to something that is there, is a
// member, all else an image of its own. Positions are those of the list it was built from.
// Threads: one.
class Units {
 public:
  void Build(std::span<const Image> images);

  size_t size() const { return owner_counts_.size(); }
  // Members of that image and its tagged children.
  std::span<const uint32_t> OwnedBy(uint32_t position) const {
    return {owned_.data() + owned_from_[position], owned_.data() + owned_from_[position + 1]};
  }
  std::span<const uint32_t> OwnersOf(uint32_t position) const {
    return {owners_.data() + owners_from_[position], owners_.data() + owners_from_[position + 1]};
  }
  uint32_t OwnerCount(uint32_t position) const { return owner_counts_[position]; }
  bool IsMember(uint32_t position) const { return member_[position] != 0; }

  // When it was pushed, or, having been in the archive, brought back (R16).
  Time Base(uint32_t position) const { return base_[position]; }
  // Its last pull or that of something it lists; zero: never.
  Time LastPull(uint32_t position) const { return last_pull_[position]; }

  // Images that are no members, youngest first by Base, then by digest.
  const std::vector<uint32_t>& ByPush() const { return by_push_; }
  // The same by LastPull, then Base, then digest.
  std::vector<uint32_t> ByPull() const;

 private:
  void Link(std::span<const Image> images);
  void RaisePulls(std::span<const Image> images);
  void Sort(std::span<const Image> images);

  std::vector<uint32_t> owner_counts_;
  std::vector<uint32_t> owned_from_;
  std::vector<uint32_t> owned_;
  std::vector<uint32_t> owners_from_;
  std::vector<uint32_t> owners_;
  std::vector<uint8_t> member_;
  std::vector<uint8_t> listed_;  // by an index
  std::vector<Time> base_;
  std::vector<Time> last_pull_;
  std::vector<uint32_t> by_push_;
};

}  // namespace gantry::retention
