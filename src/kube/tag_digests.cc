#include "kube/tag_digests.h"

#include <utility>

namespace gantry::kube {
namespace {

bool IsSilence(const Error& error) {
  return error.code() == Code::kUnavailable || error.code() == Code::kDeadlineExceeded;
}

}  // namespace

Result<void> TagDigests::Update(const std::vector<Image>& images, const Ask& ask) {
  std::map<Image, Known> before = std::move(known_);
  known_.clear();
  complete_ = true;
  Result<void> first_error;
  bool silent = false;
  const Time now = clock_.Monotonic();
  for (const Image& image : images) {
    const auto old = before.find(image);
    const bool due = old == before.end() || now - old->second.asked_at >= interval_;
    if (due && !silent) {
      auto answer = ask(image);
      if (answer.ok()) {
        if (old == before.end() || old->second.digest != *answer) ++version_;
        known_.insert_or_assign(image, Known{std::move(answer).value(), now});
        continue;
      }
      silent = IsSilence(answer.error());
      if (first_error.ok()) first_error = std::move(answer).error();
    }
    if (old == before.end()) {
      complete_ = false;
    } else {
      known_.insert(*old);
    }
  }
  return first_error;
}

std::optional<oci::Digest> TagDigests::Find(const Image& image) const {
  const auto at = known_.find(image);
  return at == known_.end() ? std::nullopt : at->second.digest;
}

}  // namespace gantry::kube
