#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gantry::retention {

// The first bytes of a text, sixteen at most, for a comparison without a branch: most patterns are
// refused by how a tag begins. A value.
class Head {
 public:
  Head() = default;  // of the text ""
  explicit Head(std::string_view text) {
    const size_t size = std::min(text.size(), sizeof bytes_);
    std::memcpy(bytes_, text.data(), size);
    std::memset(mask_, 0xff, size);
  }

  bool empty() const { return mask_[0] == 0; }
  // Whether the text that `other` is the head of can begin with this one's. What is longer than
  // sixteen bytes is not looked at: true is "perhaps".
  bool Begins(const Head& other) const {
    return (((bytes_[0] ^ other.bytes_[0]) & mask_[0]) |
            ((bytes_[1] ^ other.bytes_[1]) & mask_[1])) == 0;
  }

 private:
  uint64_t bytes_[2] = {0, 0};
  uint64_t mask_[2] = {0, 0};  // 0xff for each byte that is there
};

}  // namespace gantry::retention
