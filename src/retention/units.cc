#include "retention/units.h"

#include <algorithm>
#include <numeric>

namespace gantry::retention {
namespace {

// Turns counts, one place to the right, into where each list begins.
void Accumulate(std::vector<uint32_t>& from) {
  std::partial_sum(from.begin(), from.end(), from.begin());
}

}  // namespace

void Units::Build(std::span<const Image> images) {
  Link(images);
  const size_t count = images.size();
  member_.assign(count, 0);
  base_.resize(count);
  last_pull_.resize(count);
  for (uint32_t i = 0; i < count; ++i) {
    const Image& image = images[i];
    member_[i] = image.subject != Image::kNone || (listed_[i] != 0 && image.tags.empty());
    base_[i] = image.activated_at.micros != 0 ? image.activated_at : image.pushed_at;
    last_pull_[i] = image.last_pulled_at;
  }
  RaisePulls(images);
  Sort(images);
}

void Units::Link(std::span<const Image> images) {
  const size_t count = images.size();
  owner_counts_.assign(count, 0);
  listed_.assign(count, 0);
  owned_from_.assign(count + 1, 0);
  owners_from_.assign(count + 1, 0);
  const auto each_edge = [&](auto&& visit) {
    for (uint32_t i = 0; i < count; ++i) {
      for (const uint32_t child : images[i].children) visit(i, child, true);
      if (images[i].subject != Image::kNone) visit(images[i].subject, i, false);
    }
  };
  each_edge([&](uint32_t owner, uint32_t owned, bool lists) {
    ++owned_from_[owner + 1];
    ++owners_from_[owned + 1];
    ++owner_counts_[owned];
    if (lists) listed_[owned] = 1;
  });
  Accumulate(owned_from_);
  Accumulate(owners_from_);
  owned_.resize(owned_from_.back());
  owners_.resize(owners_from_.back());
  each_edge([&](uint32_t owner, uint32_t owned, bool /*lists*/) {
    owned_[owned_from_[owner]++] = owned;
    owners_[owners_from_[owned]++] = owner;
  });
  // Each list's beginning has moved to its end: the beginning of the next.
  std::rotate(owned_from_.rbegin(), owned_from_.rbegin() + 1, owned_from_.rend());
  std::rotate(owners_from_.rbegin(), owners_from_.rbegin() + 1, owners_from_.rend());
  owned_from_[0] = 0;
  owners_from_[0] = 0;
}

// A client that pulls an index pulls one of its children by digest. Pulls of referrers are those of
// checkers, not of users: they do not count for the subject.
void Units::RaisePulls(std::span<const Image> images) {
  std::vector<uint32_t> raised;
  for (uint32_t i = 0; i < size(); ++i) {
    if (listed_[i] != 0 && last_pull_[i].micros != 0) raised.push_back(i);
  }
  while (!raised.empty()) {
    const uint32_t from = raised.back();
    raised.pop_back();
    bool subject_seen = false;  // an image can also list what refers to it
    for (const uint32_t owner : OwnersOf(from)) {
      if (owner == images[from].subject && !subject_seen) {
        subject_seen = true;
        continue;
      }
      if (last_pull_[owner] >= last_pull_[from]) continue;
      last_pull_[owner] = last_pull_[from];
      if (listed_[owner] != 0) raised.push_back(owner);
    }
  }
}

void Units::Sort(std::span<const Image> images) {
  by_push_.clear();
  for (uint32_t i = 0; i < size(); ++i) {
    if (!IsMember(i)) by_push_.push_back(i);
  }
  std::sort(by_push_.begin(), by_push_.end(), [&](uint32_t a, uint32_t b) {
    if (base_[a] != base_[b]) return base_[a] > base_[b];
    return images[a].digest < images[b].digest;
  });
}

std::vector<uint32_t> Units::ByPull() const {
  std::vector<uint32_t> by_pull = by_push_;
  std::stable_sort(by_pull.begin(), by_pull.end(),
                   [&](uint32_t a, uint32_t b) { return last_pull_[a] > last_pull_[b]; });
  return by_pull;
}

}  // namespace gantry::retention
